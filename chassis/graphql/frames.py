"""Frames of subscriptions: each names the trace of the change that it tells of."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from strawberry.extensions import SchemaExtension

# Of the frame that is being made: a subscription makes its frames in a task of its own.
_trace: Final[ContextVar[str | None]] = ContextVar("trace of the frame", default=None)


def name_trace(traceparent: str | None) -> None:
    """Say, before a frame is yielded, which trace it belongs to; `None` for no trace."""
    _trace.set(traceparent)


class FrameTrace(SchemaExtension):
    """Gives each frame `extensions.traceparent`: the trace of the change that it tells of."""

    def get_results(self) -> dict[str, Any]:
        """Name the trace; nothing for an answer that is no frame."""
        trace = _trace.get()
        return {} if trace is None else {"traceparent": trace}
