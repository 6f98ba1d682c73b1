from collections.abc import Sequence

import pytest

from libs.events.errors import (
    ConcurrencyConflict,
    KeyMisused,
    KeyRaced,
    StaleVersion,
    Unavailable,
    UnknownStream,
)
from libs.events.execute import Request, Terms, execute, execute_within
from libs.events.memory import MemoryStore
from libs.events.store import Answer, Append, VaultKey
from tests.conformance.samples import (
    KeepQuiet,
    Offer,
    TooManyOffers,
    answer,
    cause,
    key_of,
    matter,
    offers,
    sample,
    stream,
)

REQUEST = Request("li.na", "k1", "Offer", b"\x01" * 32)


def respond(stream: str, version: int, state: tuple[str, ...], created: object) -> Answer:
    return answer(body=f"{version} {len(state)} {created}".encode())


TERMS: Terms[tuple[str, ...]] = {"request": REQUEST, "respond": respond, "must_exist": False}


class Overtaken(MemoryStore):
    """A store in which somebody else is faster, a number of times."""

    def __init__(self, rivals: int) -> None:
        super().__init__()
        self.rivals = rivals

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        if self.rivals:
            self.rivals -= 1
            head = (await self.versions([stream("a")])).get(stream("a"), 0)
            await super().append([offers("a", head)])
        await super().append(appends, answer, keys)


async def test_a_command_stores_its_facts_and_tells_the_new_state() -> None:
    store = MemoryStore()
    outcome = await execute(store, sample, stream("a"), Offer("wang"), cause(), must_exist=False)
    assert (outcome.version, outcome.state) == (1, ("wang",))
    assert outcome.replayed is None
    assert [event.data for event in await store.read(stream("a"))] == list(outcome.facts)


async def test_an_unknown_stream_is_named_and_nothing_stored() -> None:
    store = MemoryStore()
    with pytest.raises(UnknownStream):
        await execute(store, sample, stream("a"), Offer("wang"), cause())
    assert await store.read(stream("a")) == []


async def test_a_refusal_stores_nothing_and_leaves_the_key_free() -> None:
    store = MemoryStore()
    await store.append([offers("a", count=3)])
    with pytest.raises(TooManyOffers):
        await execute(store, sample, stream("a"), Offer("x"), cause(), request=REQUEST, respond=respond)
    assert await store.answer("li.na", "k1") is None
    assert len(await store.read(stream("a"))) == 3


async def test_the_answer_of_a_request_is_stored_with_its_facts() -> None:
    store = MemoryStore()
    await execute(store, sample, stream("a"), Offer("x"), cause(), **TERMS)
    stored = await store.answer("li.na", "k1")
    assert stored is not None
    assert stored.body == b"1 1 True"


async def test_the_same_request_again_is_answered_as_before_and_adds_no_fact() -> None:
    store = MemoryStore()
    await execute(store, sample, stream("a"), Offer("x"), cause(), **TERMS)
    again = await execute(store, sample, stream("a"), Offer("x"), cause(), **TERMS)
    assert again.replayed is not None
    assert again.replayed.body == b"1 1 True"
    assert len(await store.read(stream("a"))) == 1


async def test_a_repeat_is_replayed_even_where_the_command_would_be_refused_by_now() -> None:
    store = MemoryStore()
    await store.append([offers("a", count=2)])
    first = await execute(store, sample, stream("a"), Offer("x"), cause(), request=REQUEST, respond=respond)
    second = await execute(store, sample, stream("a"), Offer("x"), cause(), request=REQUEST, respond=respond)
    assert (first.version, first.replayed) == (3, None)
    assert second.replayed is not None
    assert second.replayed.body == b"3 3 False"


async def test_a_satisfied_command_is_answered_and_its_answer_kept_without_a_fact() -> None:
    store = MemoryStore()
    await store.append([offers("a")])
    quiet = await execute(store, sample, stream("a"), KeepQuiet(), cause(), request=REQUEST, respond=respond)
    assert (quiet.version, quiet.facts) == (1, ())
    assert await store.answer("li.na", "k1") is not None


@pytest.mark.parametrize(
    "other",
    [REQUEST._replace(route="Other"), REQUEST._replace(body_sha256=b"\x02" * 32)],
    ids=["route", "body"],
)
async def test_a_key_used_for_another_request_is_refused(other: Request) -> None:
    store = MemoryStore()
    await store.append([offers("a")])
    await execute(store, sample, stream("a"), Offer("x"), cause(), request=REQUEST, respond=respond)
    with pytest.raises(KeyMisused):
        await execute(store, sample, stream("a"), Offer("x"), cause(), request=other, respond=respond)
    assert len(await store.read(stream("a"))) == 2


async def test_whoever_was_overtaken_decides_afresh() -> None:
    store = Overtaken(rivals=2)
    outcome = await execute(store, sample, stream("a"), Offer("x"), cause(), must_exist=False)
    assert outcome.version == 3


async def test_whoever_was_overtaken_into_a_refusal_hears_the_refusal() -> None:
    with pytest.raises(TooManyOffers):
        await execute(Overtaken(rivals=3), sample, stream("a"), Offer("x"), cause(), must_exist=False)


async def test_a_caller_that_insists_on_a_version_hears_that_it_is_stale() -> None:
    store = Overtaken(rivals=2)
    await store.append([])
    assert await store.versions([stream("a")]) == {stream("a"): 1}
    with pytest.raises(StaleVersion) as stale:
        await execute(store, sample, stream("a"), Offer("x"), cause(), if_match=1)
    assert stale.value.current == 2


async def test_endless_conflicts_end_after_ten_attempts() -> None:
    class Busy(MemoryStore):
        attempts = 0

        async def append(
            self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
        ) -> None:
            self.attempts += 1
            raise ConcurrencyConflict

    store = Busy()
    with pytest.raises(ConcurrencyConflict):
        await execute(store, sample, stream("a"), Offer("x"), cause(), must_exist=False)
    assert store.attempts == 10


async def test_a_database_that_is_away_is_not_tried_again() -> None:
    class Away(MemoryStore):
        async def append(
            self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
        ) -> None:
            raise Unavailable("database")

    with pytest.raises(Unavailable):
        await execute(Away(), sample, stream("a"), Offer("x"), cause(), must_exist=False)


async def test_a_command_within_a_transaction_commits_or_vanishes_with_it() -> None:
    store = MemoryStore()
    async with store.begin() as tx:
        await execute_within(tx, sample, stream("a"), Offer("x"), cause())
        facts = await execute_within(tx, sample, stream("a"), Offer("y"), cause())
        assert len(await tx.read(stream("a"))) == 2
        assert await store.read(stream("a")) == []
    assert len(facts) == 1
    assert len(await store.read(stream("a"))) == 2


async def two_within(store: MemoryStore) -> None:
    async with store.begin() as tx:
        await execute_within(tx, sample, stream("a"), Offer("z"), cause())
        await execute_within(tx, sample, stream("a"), Offer("one too many"), cause())


async def test_a_refusal_within_a_transaction_undoes_what_went_before_it() -> None:
    store = MemoryStore()
    await store.append([offers("a", count=2)])
    with pytest.raises(TooManyOffers):
        await two_within(store)
    assert len(await store.read(stream("a"))) == 2


class Raced(MemoryStore):
    """A store in which a parallel request gave the matter its key, and perhaps was this very request."""

    def __init__(self, answered: Answer | None = None) -> None:
        super().__init__()
        self.answered, self.attempts = answered, 0

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        self.attempts += 1
        await super().append([], self.answered, [key_of("a", "faster")])
        await super().append(appends, answer, keys)


async def test_a_key_is_stored_with_the_facts_and_only_with_facts() -> None:
    store = MemoryStore()
    terms: Terms[tuple[str, ...]] = {**TERMS, "keys": [key_of("a")]}
    await execute(store, sample, stream("a"), KeepQuiet(), cause(), **terms)
    assert await store.vault_keys([matter("a")]) == {}
    other: Terms[tuple[str, ...]] = {"must_exist": False, "keys": [key_of("a")]}
    await execute(store, sample, stream("a"), Offer("wang"), cause(), **other)
    assert await store.vault_keys([matter("a")]) == {matter("a"): key_of("a")}


async def test_texts_sealed_with_a_key_that_lost_are_not_tried_again() -> None:
    store = Raced()
    with pytest.raises(KeyRaced):
        await execute(
            store, sample, stream("a"), Offer("wang"), cause(), must_exist=False, keys=[key_of("a")]
        )
    assert (store.attempts, await store.read(stream("a"))) == (1, [])


async def test_a_race_lost_to_the_same_request_gets_its_answer() -> None:
    first = answer(body=b"first", route=REQUEST.route)
    terms: Terms[tuple[str, ...]] = {**TERMS, "keys": [key_of("a")]}
    outcome = await execute(Raced(first), sample, stream("a"), Offer("wang"), cause(), **terms)
    assert outcome.replayed == first
