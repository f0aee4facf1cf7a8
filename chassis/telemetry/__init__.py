"""What a service tells about itself: logs and traces here, metrics in `prometheus_client`.

Metrics go to the library's default registry, which `server.py` shows at /metrics.
"""

from __future__ import annotations

from chassis.telemetry.logs import configure_logs
from chassis.telemetry.session import current_session, in_session, session_scope
from chassis.telemetry.traces import (
    attach,
    configure_traces,
    extract,
    inject,
    span,
    trace_of,
    traced,
    tracer_provider,
)

__all__ = [
    "attach",
    "configure",
    "configure_traces",
    "current_session",
    "extract",
    "in_session",
    "inject",
    "session_scope",
    "span",
    "trace_of",
    "traced",
    "tracer_provider",
]


def configure(service: str, *, traces: str = "off", log_level: str = "info") -> None:
    """Begin to log and to trace as `service`; may be called again.

    Args:
        service: the name in every log line and span.
        traces: `off`, `zipkin:URL` or `file:PATH`.
        log_level: the least level written: debug, info, warning or error.
    """
    configure_logs(service, level=log_level)
    configure_traces(service, traces=traces)
