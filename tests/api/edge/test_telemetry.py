"""One trace from the caller to the consumer; spans and logs hold no content."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.events import logs
from libs.events.contracts.dispatch import CaseReceived
from libs.events.memory import MemoryStore
from libs.events.outbox import OutboxRecord, Relay
from libs.events.telemetry import accepted, new_traceparent, tracing
from tests.api.edge.ledger import bearer
from tests.api.edge.test_commands import post, received

CANARY = "canary-13800138000"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.install("dispatch", SimpleSpanProcessor(exporter))
    yield exporter
    tracing.shutdown()


def named(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in exporter.get_finished_spans() if span.name == name)


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


async def test_a_command_is_one_span_in_the_callers_trace_and_its_append_another_below(
    http: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    answer = await post(http, "/v1/cases", {"case_no": "A-1"}, traceparent=PARENT)
    command, append = named(spans, "command.execute"), named(spans, "events.append")
    assert trace_of(command) == trace_of(append) == TRACE
    assert append.parent is not None
    assert command.context is not None
    assert append.parent.span_id == command.context.span_id
    history = await http.get(f"{answer.headers['location']}/events", headers=bearer())
    assert history.json()["items"][0]["traceparent"] == f"00-{TRACE}-{command.context.span_id:016x}-01"


async def test_the_relay_goes_on_with_the_trace_of_each_event(
    http: httpx.AsyncClient, store: MemoryStore, spans: InMemorySpanExporter
) -> None:
    await post(http, "/v1/cases", {"case_no": "A-1"}, traceparent=PARENT)
    published: list[OutboxRecord] = []

    async def publish(records: object) -> None:
        assert isinstance(records, list)
        published.extend(records)

    await Relay(store, publish).relay_once()
    span = named(spans, "outbox.publish")
    assert trace_of(span) == TRACE
    assert dict(published[0].headers)["traceparent"].decode().split("-")[1] == TRACE


async def test_spans_hold_neither_content_nor_keys(
    http: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    matter = await received(http)
    await post(http, f"/v1/cases/{matter}/explain", {"text": CANARY}, key=f"key-{CANARY}")
    written = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "command.execute" in written
    assert CANARY not in written
    assert matter not in written


async def test_without_a_collector_a_command_still_has_a_trace(http: httpx.AsyncClient) -> None:
    answer = await post(http, "/v1/cases", {"case_no": "A-1"})
    history = await http.get(f"{answer.headers['location']}/events", headers=bearer())
    assert accepted(history.json()["items"][0]["traceparent"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        PARENT + "\n",
        "ff" + PARENT,
    ],
)
def test_what_is_no_trace_context_is_not_believed(header: str) -> None:
    assert accepted(header) is None


def test_a_new_trace_is_a_trace() -> None:
    assert accepted(new_traceparent())
    assert new_traceparent() != new_traceparent()


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_logs_are_json_and_an_exception_is_its_type_and_frames(
    logging_restored: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("dispatch", "INFO")
    try:
        CaseReceived.model_validate({"case_no": CANARY, "origin": CANARY})
    except ValueError as error:
        structlog.get_logger("x").error("failed", exc_info=error)
        logging.getLogger("somebody").exception("failed too")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["failed", "failed too"]
    for line in lines:
        assert (line["service"], line["level"], line["error"]) == ("dispatch", "error", "ValidationError")
        assert "test_telemetry.py" in line["frames"]
    assert CANARY not in json.dumps(lines)


async def test_meters_count_commands_and_requests_by_operation(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    matter = await received(http)
    await post(http, "/v1/cases", {"case_no": "A-1"}, "k-0")
    await post(http, f"/v1/cases/{matter}/sign", {"person": "nobody"})
    await http.get(f"/v1/{CANARY}")
    page = (await http.get("/metrics")).text
    for outcome in (
        '"Receive",outcome="accepted"',
        '"Receive",outcome="replayed"',
        '"Sign",outcome="refused"',
    ):
        assert f'bihuan_commands_total{{operation={outcome},service="dispatch"}} 1.0' in page
    assert 'operation="Receive",service="dispatch",status="201"' in page
    assert CANARY not in page
