"""Run a subscription's plan: the stream of one subgraph, each frame filled by the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import structlog

from chassis.telemetry import extract, span, traced
from supergraph.execute.answer import Answer, SubgraphError, read_answer
from supergraph.execute.context import ExecutionContext, ExecutionResult
from supergraph.execute.errors import ClientError, fault_of_interruption, fault_of_transport
from supergraph.execute.fetch import request_of, take_root
from supergraph.execute.json_values import is_list, is_object
from supergraph.execute.progress import Progress
from supergraph.execute.rewrites import rewrite_path
from supergraph.execute.run import run
from supergraph.execute.selections import TypeConditions
from supergraph.execute.shape import shape
from supergraph.execute.step import Step, steps
from supergraph.execute.transport import (
    SubgraphResponse,
    SubgraphTimeout,
    TransportError,
)
from supergraph.model.operation import Operation
from supergraph.query_plan.nodes import PlanNode, QueryPlan, Subscription

_log = structlog.get_logger(__name__)

_OPENED = ExecutionResult(None)
_HTTP_OK = 200


@traced
async def subscribe(
    plan: QueryPlan, operation: Operation, context: ExecutionContext
) -> ExecutionResult | AsyncGenerator[ExecutionResult, None]:
    """Begin a client's subscription by running its plan.

    Never raises for what subgraphs do. A frame of which the subscription's own subgraph named an
    entity that no longer exists is left out; one whose entity could not be had for now is not.
    The generator ends when the subgraph ends the stream; when the stream breaks off, its last
    result says SUBSCRIPTION_INTERRUPTED; when the subgraph gives it up with errors, its last
    result tells them, with `executed` false if no frame came before. Closing the generator, or
    cancelling whoever waits for it, ends the subgraph's stream.

    Args:
        plan: made from `operation` after authorization cut it.
        operation: as the client sent it, valid against the API schema.
        context: the request; its deadline is that of the beginning, and of each frame.

    Returns:
        One result a frame, in order; or one result without data where it could not begin.
    """
    if not isinstance(plan.root, Subscription):
        return _nothing_to_ask(operation, context)
    (primary,) = steps(plan.root.primary, context.variables)
    try:
        async with asyncio.timeout(context.deadline):
            bodies = await context.transport.subscribe(request_of(primary, {}, context))
    except (TimeoutError, TransportError) as failed:
        return _not_begun(primary, failed)
    results = _Stream(primary, plan.root.rest, operation, context).results(bodies)
    # A generator that has not started has nothing to close: this one is started here.
    await anext(results)
    return results


def _nothing_to_ask(operation: Operation, context: ExecutionContext) -> ExecutionResult:
    """What is left of a subscription whose field this viewer may not see."""
    result = shape(operation, context, Progress.begin(context), {})
    return replace(result, data=None, executed=False) if result.errors else result


def _not_begun(primary: Step, failed: Exception) -> ExecutionResult:
    error = failed if isinstance(failed, TransportError) else SubgraphTimeout()
    _log.warning("subscription refused", subgraph=primary.subgraph, error=repr(error))
    fault = fault_of_transport(error, primary.subgraph)
    return ExecutionResult(None, (fault.at(()),), executed=False)


@dataclass(frozen=True, slots=True)
class _Stream:
    """A subscription that has begun."""

    primary: Step
    rest: PlanNode | None
    operation: Operation
    context: ExecutionContext

    async def results(
        self, bodies: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[ExecutionResult, None]:
        """First something that says it has started, then one result for each frame."""
        async with aclosing(bodies):
            yield _OPENED
            is_first = True
            while (answer := await self._next(bodies)) is not None:
                if isinstance(answer, ExecutionResult):
                    yield answer
                    return
                if not answer.executed:
                    yield ExecutionResult(None, self._told(answer), executed=not is_first)
                    return
                is_first = False
                if (result := await self._frame(answer)) is not None:
                    yield result

    async def _next(self, bodies: AsyncGenerator[bytes, None]) -> Answer | ExecutionResult | None:
        """The next frame; a last result where the stream broke off; `None` where it ended."""
        subgraph = self.primary.subgraph
        try:
            body = await anext(bodies, None)
        except TransportError as error:
            _log.warning("subscription interrupted", subgraph=subgraph, error=repr(error))
            return ExecutionResult(None, (fault_of_interruption(subgraph).at(()),))
        if body is None:
            return None
        try:
            return read_answer(SubgraphResponse(_HTTP_OK, body), subgraph)
        except TransportError as invalid:
            fault = fault_of_transport(invalid, subgraph)
            return Answer(None, (SubgraphError(fault, None),))

    async def _frame(self, answer: Answer) -> ExecutionResult | None:
        """What one frame is for the client; `None` if an entity that it names is gone."""
        traceparent = answer.extensions.get("traceparent")
        parent = extract({"traceparent": traceparent}) if isinstance(traceparent, str) else None
        with span("frame", {"subgraph": self.primary.subgraph}, parent=parent):
            progress = Progress.begin(self.context)
            take_root(self.primary, answer, progress)
            progress.named = frozenset(_objects(progress.data))
            await run(self.rest, progress)
            if progress.is_gone:
                return None
            return shape(self.operation, self.context, progress, {})

    def _told(self, answer: Answer) -> tuple[ClientError, ...]:
        conditions = TypeConditions(self.context.supergraph.schema)
        rewrites = self.primary.output_rewrites
        return tuple(
            error.fault.at(rewrite_path(error.path or (), rewrites, conditions))
            for error in answer.errors
        )


def _objects(value: Any) -> Iterator[int]:
    """The identities of all objects in a value."""
    if is_object(value):
        yield id(value)
    for item in value.values() if is_object(value) else value if is_list(value) else ():
        yield from _objects(item)
