from collections.abc import Sequence
from datetime import timedelta

import pytest

from libs.events.errors import KeyRaced
from libs.events.execute import Request
from libs.events.execute_rows import Row, RowResult, execute_rows
from libs.events.memory import MemoryStore
from libs.events.store import Answer, Append, VaultKey
from tests.conformance.samples import NOON, Offer, answer, cause, key_of, matter, offers, sample, stream

REQUEST = Request("li.na", "k1", "Offer", b"\x01" * 32)


def row(name: str, offers: int = 1) -> Row[Offer]:
    return Row(stream(name), tuple((Offer(f"u{i}"), cause(NOON + timedelta(days=i))) for i in range(offers)))


def respond(results: Sequence[RowResult]) -> Answer:
    return answer(body=",".join(result.status for result in results).encode())


async def test_each_row_is_imported_with_its_own_business_times() -> None:
    store = MemoryStore()
    outcome = await execute_rows(store, sample, [row("a", 2), row("b")])
    assert [(r.status, r.events) for r in outcome.results] == [("IMPORTED", 2), ("IMPORTED", 1)]
    times = [event.cause.at for event in await store.read(stream("a"))]
    assert times == [NOON, NOON + timedelta(days=1)]


async def test_a_refused_row_is_left_out_whole_and_its_neighbours_go_in() -> None:
    store = MemoryStore()
    outcome = await execute_rows(store, sample, [row("a"), row("b", 4), row("c")])
    assert [r.status for r in outcome.results] == ["IMPORTED", "REJECTED", "IMPORTED"]
    assert (outcome.results[1].code, outcome.results[1].events) == ("sample.too_many_offers", 0)
    assert await store.read(stream("b")) == []
    assert len(await store.read(stream("c"))) == 1


async def test_a_stream_that_exists_or_repeats_is_left_alone() -> None:
    store = MemoryStore()
    await store.append([offers("a")])
    outcome = await execute_rows(store, sample, [row("a", 2), row("b"), row("b", 3)])
    assert [r.status for r in outcome.results] == ["ALREADY", "IMPORTED", "ALREADY"]
    assert await store.versions([stream("a"), stream("b")]) == {stream("a"): 1, stream("b"): 1}


async def test_the_same_batch_again_gets_its_first_answer() -> None:
    store = MemoryStore()
    await execute_rows(store, sample, [row("a")], request=REQUEST, respond=respond)
    again = await execute_rows(store, sample, [row("a")], request=REQUEST, respond=respond)
    assert again.replayed is not None
    assert again.replayed.body == b"IMPORTED"


async def test_a_batch_that_is_overtaken_looks_again() -> None:
    class Overtaken(MemoryStore):
        rivals = 1

        async def append(
            self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
        ) -> None:
            if self.rivals:
                self.rivals -= 1
                await super().append([offers("b")])
            await super().append(appends, answer, keys)

    outcome = await execute_rows(Overtaken(), sample, [row("a"), row("b")])
    assert [r.status for r in outcome.results] == ["IMPORTED", "ALREADY"]


async def test_only_rows_that_go_in_bring_their_keys() -> None:
    store = MemoryStore()
    await store.append([offers("a")])
    rows = [row("a"), row("b", 4), row("c")]
    await execute_rows(store, sample, rows, keys=[key_of(name) for name in "abc"])
    assert await store.vault_keys([matter(name) for name in "abc"]) == {matter("c"): key_of("c")}


async def test_rows_sealed_with_a_key_that_lost_are_left_out_or_get_the_first_answer() -> None:
    store = MemoryStore()
    await store.append([], None, [key_of("a", "faster")])
    with pytest.raises(KeyRaced):
        await execute_rows(store, sample, [row("a"), row("b")], keys=[key_of("a"), key_of("b")])
    assert await store.versions([stream("a"), stream("b")]) == {}
    await store.append([], answer(body=b"first"))
    again = await execute_rows(
        store, sample, [row("a")], request=REQUEST, respond=respond, keys=[key_of("a")]
    )
    assert again.replayed == answer(body=b"first")
