"""Run one step of a plan: gather its inputs, ask the subgraph, merge the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from chassis.telemetry import inject, traced
from supergraph.execute.answer import Answer, SubgraphError, read_answer
from supergraph.execute.context import ExecutionContext
from supergraph.execute.entities import Lookup, look_up
from supergraph.execute.errors import fault_of_transport
from supergraph.execute.failures import Told, Wanted
from supergraph.execute.places import find_places
from supergraph.execute.progress import Progress
from supergraph.execute.rewrites import rewrite, rewrite_path
from supergraph.execute.selections import Scope, parse_fetch, selection_sets
from supergraph.execute.step import Step
from supergraph.execute.transport import SubgraphRequest, SubgraphTimeout, TransportError

_log = structlog.get_logger(__name__)

_HEADERS = {
    "content-type": "application/json",
    "accept": "application/graphql-response+json, application/json;q=0.9",
}


@traced
async def fetch(step: Step, progress: Progress) -> None:
    """Run one step.

    Never raises for what the subgraph does: that becomes failures in the data.
    """
    if step.entities:
        await _fetch_entities(step, progress)
    else:
        await _fetch_root(step, progress)


async def _fetch_root(step: Step, progress: Progress) -> None:
    if find_places(progress.data, step.path, progress.conditions):
        take_root(step, await _ask(step, {}, progress), progress)


def take_root(step: Step, answer: Answer, progress: Progress) -> None:
    """Merge the answer to a step that asks root fields."""
    places = find_places(progress.data, step.path, progress.conditions)
    conditions = progress.conditions
    told = [
        Told(error.fault, error.path and rewrite_path(error.path, step.output_rewrites, conditions))
        for error in answer.errors
    ]
    data = rewrite(answer.data, step.output_rewrites, conditions)
    sets, scope = _selection(step, progress)
    if not step.path:
        for key, nodes in scope.collect(sets, None).items():
            progress.root_fields[key] = nodes[0].name.value
    progress.take(places, data, told, Wanted(sets, scope, step.output_rewrites))


async def _fetch_entities(step: Step, progress: Progress) -> None:
    sets, scope = _selection(step, progress)
    fields = scope.collect(sets, None)
    lookups: list[Lookup] = []
    for batch in step.entities:
        entity = selection_sets(fields.get(batch.alias, ()))
        wanted = Wanted(entity, scope, batch.output_rewrites)
        lookups.append(look_up(batch, wanted, step, progress))
    if any(lookup.inputs.unique for lookup in lookups):
        inputs = {lookup.batch.variable: lookup.inputs.unique for lookup in lookups}
        answer = await _ask(step, inputs, progress)
        for lookup in lookups:
            lookup.take(answer, step, progress)


def _selection(step: Step, progress: Progress) -> tuple[tuple[Any, ...], Scope]:
    root, fragments = parse_fetch(step.operation)
    return (root,), Scope(fragments, progress.context.variables, progress.conditions)


async def _ask(step: Step, inputs: Mapping[str, Any], progress: Progress) -> Answer:
    """Send the step's request; an answer that did not come is an answer of errors."""
    request = request_of(step, inputs, progress.context)
    try:
        async with asyncio.timeout_at(_late_at(step, progress)):
            response = await progress.context.transport.send(request)
        return read_answer(response, step.subgraph)
    except TimeoutError:
        error: TransportError = SubgraphTimeout()
    except TransportError as failed:
        error = failed
    _log.warning("fetch failed", subgraph=step.subgraph, error=repr(error))
    return Answer(None, (SubgraphError(fault_of_transport(error, step.subgraph), None),))


def _late_at(step: Step, progress: Progress) -> float:
    context = progress.context
    timeout = context.timeouts.get(step.subgraph, context.timeout)
    return min(asyncio.get_running_loop().time() + timeout, progress.ends_at)


def request_of(step: Step, inputs: Mapping[str, Any], context: ExecutionContext) -> SubgraphRequest:
    """What a step sends.

    Args:
        step: what to ask.
        inputs: the representations, by the name of their variable.
        context: the client's variables, and how to sign.
    """
    variables = {
        name: context.variables[name] for name in step.variables if name in context.variables
    }
    content: dict[str, Any] = {"query": step.operation}
    if variables or inputs:
        content["variables"] = {**variables, **inputs}
    if step.operation_name:
        content["operationName"] = step.operation_name
    body = msgspec.json.encode(content)
    # A WebSocket's handshake has no body, and says nothing of content.
    is_stream = step.kind == "subscription"
    headers = {**({} if is_stream else _HEADERS), **inject()}
    if context.sign:
        headers |= context.sign(b"" if is_stream else body)
    return SubgraphRequest(step.subgraph, step.kind, body, headers)
