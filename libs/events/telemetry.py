"""Traces: four spans, and a W3C `traceparent` that survives the outbox and Kafka (design 11.9).

The only importer of opentelemetry. Without BIHUAN_OTLP_ENDPOINT no span is built, but every command still
gets a trace id, because people look a matter up by it. Spans carry no content, no keys and no names.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SpanName = Literal["command.execute", "events.append", "outbox.publish", "inbox.receive"]

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """Builds spans when a provider is installed; else only passes trace contexts on."""

    def __init__(self) -> None:
        self._tracer: trace.Tracer | None = None
        self._provider: TracerProvider | None = None

    def install(self, service: str, processor: SpanProcessor) -> None:
        """Span every hop from now on and hand finished spans to `processor`."""
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"bihuan-{service}"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("libs.events")

    def shutdown(self) -> None:
        """Send what is waiting and go back to passing contexts on."""
        if self._provider is not None:
            self._provider.shutdown()
        self._provider = self._tracer = None

    def span(self, name: SpanName, parent: str | None = None) -> AbstractContextManager[str]:
        """One hop; yields the `traceparent` of what it causes. Without `parent` it nests in the open span."""
        if self._tracer is None:
            return nullcontext(parent or new_traceparent())
        return _spanned(self._tracer, name, parent)

    @contextmanager
    def spans(self, name: SpanName, parents: Iterable[str | None]) -> Iterator[None]:
        """One span per cause around work that is done for all of them together (a batch)."""
        tracer = self._tracer
        if tracer is None:
            yield
            return
        open_spans = [tracer.start_span(name, context=_context(parent)) for parent in parents if parent]
        try:
            yield
        finally:
            for span in open_spans:
                span.end()


tracing = Tracing()
"""The process has one."""


def export_to(endpoint: str, service: str) -> None:
    """Send spans in the background to an OTLP collector over HTTP."""
    tracing.install(
        service, BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
    )


def new_traceparent() -> str:
    """The beginning of a trace: random trace and span ids, sampled."""
    noise = os.urandom(24).hex()
    return f"00-{noise[:32]}-{noise[32:]}-01"


def accepted(header: str | None) -> str | None:
    """A caller's `traceparent` when it is one, else None."""
    return header if header is not None and _TRACEPARENT.fullmatch(header) else None


def trace_id(traceparent: str) -> str:
    """The 32 hex digits by which people find everything a command caused."""
    return traceparent[3:35]


@contextmanager
def _spanned(tracer: trace.Tracer, name: SpanName, parent: str | None) -> Iterator[str]:
    with tracer.start_as_current_span(name, context=_context(parent)) as span:
        yield _written(span)


def _context(parent: str | None) -> contexts.Context | None:
    return None if parent is None else _PROPAGATOR.extract({"traceparent": parent}, contexts.Context())


def _written(span: trace.Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
