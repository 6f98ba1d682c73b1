"""For each safeguard the test that goes red without it; `docs/chaos/README.md` has the same table."""

from collections.abc import Mapping
from dataclasses import dataclass

from libs.events.safeguards import Safeguard

INBOX = "tests/unit/events/test_inbox.py::TestInboxInMemory"
CONSUMER = "tests/integration/kafka/test_safeguards.py"


@dataclass(frozen=True)
class Witness:
    """A test, and whether it needs a broker or a database."""

    test: str
    servers: bool = False


WITNESSES: Mapping[Safeguard, Witness] = {
    "to-do-list": Witness(
        "tests/integration/outbox/test_relay.py::test_a_row_that_becomes_visible_late_is_still_published",
        servers=True,
    ),
    "stored-offsets": Witness(f"{INBOX}::test_a_new_member_goes_on_where_the_effects_ended"),
    "stream-versions": Witness(f"{INBOX}::test_an_event_delivered_three_times_has_one_effect"),
    "fencing": Witness(f"{INBOX}::test_a_zombie_is_fenced_and_leaves_no_effect"),
    "idempotency-row": Witness(
        "tests/unit/events/test_execute.py"
        "::test_the_same_request_again_is_answered_as_before_and_adds_no_fact"
    ),
    "park-behind": Witness(f"{INBOX}::test_discarding_poison_lets_the_stream_go_on_without_it"),
    "seek-on-assignment": Witness(
        f"{CONSUMER}::test_the_stored_offset_is_believed_and_not_the_groups", servers=True
    ),
    "drain": Witness(
        f"{CONSUMER}::test_nobody_takes_a_partition_over_while_its_batch_is_at_hand", servers=True
    ),
}
SIMULATION = Witness("tests/simulation/test_simulation.py::test_no_seed_breaks_a_promise[0]")
"""Ten seeds. They notice every safeguard but two of the consumer's client, which the simulation replaces."""
NOT_SIMULATED = frozenset[Safeguard]({"seek-on-assignment", "drain"})
