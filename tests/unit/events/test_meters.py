"""What Prometheus is told is what its own client would tell of the same values."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from libs.events.meters import Durations, Meters, Vitals

BOUNDS = (0.01, 0.1, 1.0)
VALUES = (0.0, 0.01, 0.0100001, 0.1, 0.5, 1.0, 1.5, 300.0)


def lines(page: bytes) -> list[str]:
    """Without the instants at which the series were made."""
    return [line for line in page.decode().splitlines() if "_created" not in line]


def test_durations_count_as_the_library_counts() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    quick = Durations("took", "Took", ("by",), buckets=BOUNDS, registry=ours)
    plain = Histogram("took", "Took", ("by",), buckets=BOUNDS, registry=theirs)
    for _ in range(2):  # a look changes nothing of what is counted on
        for value in VALUES:
            quick.labels("us").observe(value)
            plain.labels("us").observe(value)
        assert lines(generate_latest(ours)) == lines(generate_latest(theirs))


def test_commands_are_told_once() -> None:
    registry, meters = CollectorRegistry(), Meters("intake")
    plain = Counter(
        "bihuan_commands", "Commands by outcome", ("service", "operation", "outcome"), registry=registry
    )
    for outcome in ("accepted", "accepted", "refused"):
        meters.command("SubmitReport", outcome)
        plain.labels("intake", "SubmitReport", outcome).inc()
    expected = [
        line for line in lines(generate_latest(registry)) if line.startswith("bihuan_commands_total{")
    ]
    for _ in range(2):
        page = lines(meters.page(Vitals()))
        assert [line for line in page if line.startswith("bihuan_commands_total{")] == expected


def test_a_request_is_told_by_operation_and_status() -> None:
    meters = Meters("intake")
    meters.request("SubmitReport", 201, 0.0019)
    meters.request("SubmitReport", 409, 20.0)
    page = lines(meters.page(Vitals()))
    labels = 'operation="SubmitReport",service="intake",status='
    assert f'bihuan_http_request_seconds_count{{{labels}"201"}} 1.0' in page
    assert f'bihuan_http_request_seconds_bucket{{le="0.002",{labels}"201"}} 1.0' in page
    assert f'bihuan_http_request_seconds_bucket{{le="10.0",{labels}"409"}} 0.0' in page
    assert f'bihuan_http_request_seconds_sum{{{labels}"409"}} 20.0' in page
