"""A subscription under way: one answer after the other, whatever transport carries them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import ExitStack

import structlog

from chassis.identity import Viewer
from supergraph.execute import ExecutionResult
from supergraph.serve.observe import observe
from supergraph.serve.refusals import InternalFault
from supergraph.serve.request import Answer

_log = structlog.get_logger(__name__)


class AnswerStream:
    """An async iterator of answers, which must be closed by whoever iterates.

    A class, since a generator that nobody began would not let go of what it holds.

    Args:
        results: from the executor.
        held: let go of at the end.
        viewer: whose subscription it is.
    """

    def __init__(
        self, results: AsyncGenerator[ExecutionResult, None], held: ExitStack, viewer: Viewer | None
    ) -> None:
        self._results = results
        self._held = held
        self.viewer = viewer

    def __aiter__(self) -> AnswerStream:
        return self

    async def __anext__(self) -> Answer:
        try:
            result = await anext(self._results)
        except StopAsyncIteration:
            raise
        except Exception:  # noqa: BLE001 the client gets a typed answer, the log gets the cause
            # The last one: a generator that raised has ended.
            _log.exception("subscription failed")
            return observe(Answer({"errors": InternalFault().errors()}))
        return observe(Answer(result.to_json()))

    async def aclose(self) -> None:
        """End the subgraph's stream, and let go."""
        try:
            await self._results.aclose()
        finally:
            self._held.close()
