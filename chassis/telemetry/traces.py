"""Traces: spans of our own code, and one trace id from the client's request to the last event.

OpenTelemetry's API and SDK, without its global provider: `configure_traces` may be called again,
and a process that traces nothing pays a look at one variable per span.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanKind,
    Tracer,
    format_span_id,
    format_trace_id,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

P = ParamSpec("P")
R = TypeVar("R")

_ROOT = Path(__file__).resolve().parents[2]
_PROPAGATOR = TraceContextTextMapPropagator()


class _Tracing:
    """What `configure_traces` set up last; `tracer` is None when traces are off."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


def configure_traces(service: str, *, traces: str = "off") -> None:
    """Begin to trace, or stop.

    Args:
        service: `service.name` of every span.
        traces: `off`; `zipkin:URL` of a Zipkin server; `file:PATH`, a JSON line per span, which
            several processes may append to.
    """
    if _Tracing.provider is not None:
        _Tracing.provider.shutdown()
    _Tracing.provider = _Tracing.tracer = None
    kind, _, target = traces.partition(":")
    if kind == "off":
        return
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    if kind == "file":
        provider.add_span_processor(SimpleSpanProcessor(FileExporter(Path(target))))
    else:
        provider.add_span_processor(BatchSpanProcessor(_zipkin(target)))
    _Tracing.provider = provider
    _Tracing.tracer = provider.get_tracer("microtwitt")


def tracer_provider() -> TracerProvider | None:
    """For instrumentation libraries; None when traces are off."""
    return _Tracing.provider


def traced(function: Callable[P, R]) -> Callable[P, R]:
    """Give each call of a function or coroutine function a span named after it.

    The span says where the code stands: `code.file.path` from the top of the project, and
    `code.function.name` in full. An exception ends it as an error.
    """
    name = function.__qualname__
    attributes = _place(function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            if _Tracing.tracer is None:
                return await function(*args, **kwargs)
            with _Tracing.tracer.start_as_current_span(name, attributes=attributes):
                return await function(*args, **kwargs)

        return cast("Callable[P, R]", call_async)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _Tracing.tracer is None:
            return function(*args, **kwargs)
        with _Tracing.tracer.start_as_current_span(name, attributes=attributes):
            return function(*args, **kwargs)

    return call


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
) -> Generator[Span, None, None]:
    """A span around a block; `parent` continues the caller's trace instead of the current one.

    With traces off the caller's trace is still handed on, to logs, requests and events.
    """
    tracer = _Tracing.tracer
    if tracer is not None:
        with tracer.start_as_current_span(
            name, context=parent, kind=kind, attributes=attributes
        ) as current:
            yield current
        return
    token = contexts.attach(parent) if parent else None
    try:
        yield INVALID_SPAN
    finally:
        if token is not None:
            contexts.detach(token)


def inject() -> dict[str, str]:
    """The current trace as headers: `traceparent` and perhaps `tracestate`, or nothing."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def extract(headers: Mapping[str, str]) -> Context:
    """The trace that a request continues; an empty context when it brings none."""
    return _PROPAGATOR.extract(headers, context=Context())


def trace_of(traceparent: str | None) -> Context:
    """The trace that an event or a message continues; an empty context when it names none."""
    return extract({"traceparent": traceparent} if traceparent else {})


@contextmanager
def attach(traceparent: str | None) -> Generator[None, None, None]:
    """Continue the trace of an event in a block."""
    token = contexts.attach(trace_of(traceparent))
    try:
        yield
    finally:
        contexts.detach(token)


class FileExporter(SpanExporter):
    """Appends each span as one JSON line, at once.

    Fields: name, service, kind, trace_id, span_id, parent_id (null at the root), start and end
    (Unix nanoseconds), status (UNSET, OK, ERROR), attributes.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans."""
        for finished in spans:
            # One write per line: the kernel appends it whole, also beside other processes.
            os.write(self._file, json.dumps(_line(finished), default=str).encode() + b"\n")
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        os.close(self._file)


def _line(finished: ReadableSpan) -> dict[str, object]:
    context = finished.get_span_context()
    return {
        "name": finished.name,
        "service": finished.resource.attributes.get(SERVICE_NAME),
        "kind": finished.kind.name,
        "trace_id": format_trace_id(context.trace_id) if context else None,
        "span_id": format_span_id(context.span_id) if context else None,
        "parent_id": format_span_id(finished.parent.span_id) if finished.parent else None,
        "start": finished.start_time,
        "end": finished.end_time,
        "status": finished.status.status_code.name,
        "attributes": dict(finished.attributes or {}),
    }


def _zipkin(url: str) -> SpanExporter:
    # Here, since it brings `requests` along, which most processes do without. It is typed, but
    # ships without the marker that says so.
    from opentelemetry.exporter.zipkin.json import ZipkinExporter  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    endpoint = url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/api/v2/spans"
    return ZipkinExporter(endpoint=endpoint)


def _place(function: Callable[..., object]) -> dict[str, AttributeValue]:
    code = inspect.unwrap(function).__code__
    path = Path(code.co_filename)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
    return {
        "code.file.path": str(shown),
        "code.function.name": f"{function.__module__}.{function.__qualname__}",
        "code.line.number": code.co_firstlineno,
    }
