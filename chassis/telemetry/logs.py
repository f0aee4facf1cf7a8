"""Logs: one JSON object a line on stderr, with the trace that each line belongs to."""

from __future__ import annotations

import logging
import sys

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from chassis.telemetry.session import write_session


def configure_logs(service: str, *, level: str = "info") -> None:
    """Send our own lines and those of libraries to stderr, in one shape.

    Args:
        service: stands in every line as `service`.
        level: the least level written: debug, info, warning or error.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]

    def add_service(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["service"] = service
        return line

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        write_session,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        add_trace,
        structlog.processors.dict_tracebacks,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_StderrLogger,
        cache_logger_on_first_use=False,
    )
    _configure_libraries(shared, threshold)


def add_trace(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Put `trace_id` and `span_id` of the current span into a log line, if there is one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        line["trace_id"] = trace.format_trace_id(context.trace_id)
        line["span_id"] = trace.format_span_id(context.span_id)
    return line


def _configure_libraries(shared: list[Processor], threshold: int) -> None:
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    ours = [known for known in root.handlers if isinstance(known, _StderrHandler)]
    for known in ours:
        root.removeHandler(known)
    root.addHandler(handler)
    # Libraries are of interest when something is wrong.
    root.setLevel(max(threshold, logging.WARNING))


class _StderrHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _write(self.format(record))


class _StderrLogger:
    """What structlog hands the finished line to, whatever its level."""

    def __init__(self, *_: object) -> None:
        return

    def msg(self, message: str) -> None:
        _write(message)

    debug = info = warning = error = critical = exception = msg


def _write(line: str) -> None:
    # Looked up each time, so that whoever replaces stderr gets the lines. One call a line:
    # lines of several processes on one pipe do not mix.
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
