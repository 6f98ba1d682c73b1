"""The calculation rules of E1 on the seed vectors of E3 and on generated pairs."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.definitions import DEFINITIONS, Definition
from services.metrics.evidence import WITNESSES, event_ids
from services.metrics.indicators import (
    DifferentUnits,
    Figure,
    NotASubset,
    PartsDiffer,
    display,
    reconcile,
    total,
)
from services.metrics.rows import COLUMNS
from tests.unit.metrics.histories import fact, happened, matter_of

pairs = st.integers(1, 10**9).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


def case(numerator: int, denominator: int) -> Figure:
    return Figure(numerator, denominator, "CASE")


@pytest.mark.parametrize(
    ("numerator", "denominator", "decimals", "printed"),
    [
        (21343, 22211, 1, "96.1%"),
        (1813, 1896, 2, "95.62%"),
        (530, 536, 2, "98.88%"),
        (33, 33, 0, "100%"),
        (46803, 48319, 2, "96.86%"),
        (29518, 30694, 1, "96.2%"),
        (1058, 1202, 0, "88%"),
        (9999, 10000, 1, "99.9%"),
        (1, 100000, 1, "0.1%"),
        (0, 5, 1, "0.0%"),
        (1, 8, 1, "12.5%"),
        (1, 16, 1, "6.3%"),
    ],
)
def test_the_seed_vectors_print_as_published(
    numerator: int, denominator: int, decimals: int, printed: str
) -> None:
    assert display(case(numerator, denominator), decimals) == printed


def test_the_seed_counts_of_the_hotline_all_print_alike() -> None:
    assert {display(case(count, 4878), 1) for count in range(4808, 4813)} == {"98.6%"}


def test_nothing_out_of_nothing_is_no_rate() -> None:
    assert display(case(0, 0), 1) is None


@given(pairs, st.integers(0, 6))
def test_display_is_half_up_within_the_caps(pair: tuple[int, int], decimals: int) -> None:
    numerator, denominator = pair
    with localcontext() as context:
        context.prec = 60
        step = Decimal(1).scaleb(-decimals)
        exact = (Decimal(100 * numerator) / denominator).quantize(step, ROUND_HALF_UP)
        shown = Decimal((display(case(numerator, denominator), decimals) or "").removesuffix("%"))
        if 0 < numerator < denominator:
            exact = min(max(exact, step), 100 - step)
        assert shown == exact
    assert (shown == 100) == (numerator == denominator)
    assert (shown == 0) == (numerator == 0)


def test_a_parent_adds_pairs_and_never_averages_rates() -> None:
    assert display(case(1, 1) + case(0, 99), 0) == "1%"


def test_different_units_cannot_be_added() -> None:
    with pytest.raises(DifferentUnits):
        case(1, 2) + Figure(1, 2, "DISPUTE")


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (-1, 1)])
def test_a_rate_above_all_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(NotASubset):
        case(numerator, denominator)


@given(st.lists(pairs))
def test_a_total_is_the_sum_of_its_parts(parts: list[tuple[int, int]]) -> None:
    figures = [case(*pair) for pair in parts]
    whole = total("CASE", figures)
    assert whole.denominator == sum(denominator for _, denominator in parts)
    assert reconcile(whole, figures) == whole


def test_a_total_that_is_not_the_sum_of_its_parts_is_not_shown() -> None:
    with pytest.raises(PartsDiffer):
        reconcile(case(5, 6), [case(1, 1), case(2, 2), case(2, 2)])


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_a_definition_names_columns_that_exist_and_a_subset(definition: Definition) -> None:
    each = "[]" if definition.of == "assignment" else ""
    assert COLUMNS[definition.cohort] == f"timestamptz{each}"
    assert COLUMNS[definition.org] == f"text{each}"
    assert {COLUMNS[name] for name in definition.versions or ()} <= {f"text{each}"}
    for switch in (None, *definition.switches):
        assert set(definition.base(switch)) < set(definition.top(switch))
        assert {COLUMNS[flag] for flag in definition.top(switch)} == {f"boolean{each}"}


def test_every_definition_can_be_opened_down_to_events() -> None:
    assert WITNESSES.keys() == DEFINITIONS.keys()


def test_a_counted_case_names_its_filing_and_its_closing() -> None:
    facts = [fact("dispatch.case_received"), fact("dispatch.case_dispatched"), fact("dispatch.case_closed")]
    matter, events = matter_of(*facts), happened(facts)
    witness = WITNESSES["CLOSE_RATE"]
    assert event_ids(matter, witness.counted(matter)) == [events[0].id]
    assert event_ids(matter, witness.succeeded(matter)) == [events[2].id]


def test_a_case_that_dispatch_has_not_received_names_its_filing_in_intake() -> None:
    facts = [fact("intake.report_submitted"), fact("intake.case_filed")]
    matter = matter_of(*facts)
    assert event_ids(matter, WITNESSES["CLOSE_RATE"].counted(matter)) == [happened(facts)[1].id]
    assert event_ids(matter, WITNESSES["CLOSE_RATE"].succeeded(matter)) == []


def test_a_dispute_names_what_registered_accepted_ended_and_resolved_it() -> None:
    kinds = ("dispute_registered", "mediation_accepted", "agreement_reached", "dispute_closed")
    facts = [fact(f"mediation.{kind}") for kind in kinds]
    matter, ids = matter_of(*facts), [event.id for event in happened(facts)]
    named = {
        code: (event_ids(matter, witness.counted(matter)), event_ids(matter, witness.succeeded(matter)))
        for code, witness in WITNESSES.items()
    }
    assert named["RESOLVE_RATE"] == ([ids[0]], [ids[3]])
    assert named["MEDIATE_RATE"] == ([ids[0]], [ids[1]])
    assert named["MEDIATE_SUCCESS"] == ([ids[1]], [ids[2]])


def test_a_matter_on_its_way_to_mediation_names_what_sent_it() -> None:
    handed = [fact("dispatch.case_received"), fact("dispatch.case_handed_to_mediation")]
    filed = [fact("intake.report_submitted"), fact("intake.case_filed", route="MEDIATION")]
    for facts in (handed, filed):
        matter = matter_of(*facts)
        assert event_ids(matter, WITNESSES["RESOLVE_RATE"].counted(matter)) == [happened(facts)[1].id]
