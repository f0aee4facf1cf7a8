"""One request, top to bottom, for every transport."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import prometheus_client
import structlog
from graphql import GraphQLSchema
from graphql.execution import get_variable_values
from graphql.language import OperationType

from chassis.identity import Caller, Client
from chassis.telemetry import in_session, traced
from supergraph.execute import ExecutionContext, ExecutionResult, execute
from supergraph.execute import subscribe as begin_to_execute
from supergraph.model.operation import Operation
from supergraph.plan import plan
from supergraph.plan.errors import PlanError, PlanTooComplex
from supergraph.query_plan.nodes import QueryPlan
from supergraph.serve.answer_stream import AnswerStream
from supergraph.serve.observe import observe
from supergraph.serve.quota import identity_of
from supergraph.serve.refusals import (
    Draining,
    InternalFault,
    MutationByGet,
    OperationTooComplex,
    PlanFailed,
    RequestRefused,
    StreamNeeded,
    VariablesRefused,
)
from supergraph.serve.request import Answer, GraphQLRequest
from supergraph.serve.router import Router

Found = TypeVar("Found")

_MAX_ERRORS = 20
_log = structlog.get_logger(__name__)
_streams_open = prometheus_client.Gauge("graphql_streams_open", "Subscriptions under way")


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that this caller may have run.

    Attributes:
        operation: as the client sent it.
        plan: without what the viewer may not see.
    """

    operation: Operation
    plan: QueryPlan
    context: ExecutionContext
    caller: Caller


@traced
async def answer(request: GraphQLRequest, router: Router) -> Answer:
    """Answer one request.

    Never raises but when cancelled, which cancels what the subgraphs are asked.
    """
    return observe(await _or_refused(_answer(request, router), request))


@traced
async def subscribe(request: GraphQLRequest, router: Router) -> Answer | AnswerStream:
    """Answer one request, or begin to, where it is a subscription.

    Never raises but when cancelled. The caller closes the stream.
    """
    begun = await _or_refused(_subscribe(replace(request, streaming=True), router), request)
    return begun if isinstance(begun, AnswerStream) else observe(begun)


async def identify(authorization: Sequence[str], client: Client, router: Router) -> Caller:
    """Who asks, for this request and for the log.

    Raises:
        HeaderInvalid, TokenRefused, ViewerUnknowable: see `Authenticator`.
        SessionEnded: the token would hold, but its session has ended.
    """
    viewer = await router.authenticator.authenticate(authorization)
    router.revocations.check(viewer)
    in_session(viewer.session_id if viewer else None)
    return Caller(viewer, client)


async def _answer(request: GraphQLRequest, router: Router) -> Answer:
    ready = await _make_ready(request, router)
    result = await execute(ready.plan, ready.operation, ready.context)
    return Answer(result.to_json())


async def _subscribe(request: GraphQLRequest, router: Router) -> Answer | AnswerStream:
    ready = await _make_ready(request, router)
    if ready.operation.kind is not OperationType.SUBSCRIPTION:
        result = await execute(ready.plan, ready.operation, ready.context)
        return Answer(result.to_json())
    with ExitStack() as held:
        held.enter_context(router.streams.taken(identity_of(ready.caller)))
        held.enter_context(_streams_open.track_inprogress())
        results = await begin_to_execute(ready.plan, ready.operation, ready.context)
        if isinstance(results, ExecutionResult):
            return Answer(results.to_json())
        return AnswerStream(results, held.pop_all(), ready.caller.viewer)


async def _make_ready(request: GraphQLRequest, router: Router) -> Ready:
    prepared = await router.preparer.prepare(request.query, request.operation_name)
    operation = prepared.operation
    check_kind(operation, request, router)
    variables = coerce(operation, request.variables, router.api_schema)
    caller = await identify(request.authorization, request.client, router)
    policies = await router.policies.granted(caller.viewer)
    authorized = router.authorizer.authorize(operation, caller.viewer, policies)
    query_plan = await make_plan(authorized.operation, router)
    context = router.context(authorized, variables, caller)
    return Ready(operation, query_plan, context, caller)


async def _or_refused(work: Awaitable[Found], request: GraphQLRequest) -> Found | Answer:
    try:
        return await work
    except RequestRefused as refusal:
        return refused(refusal)
    except Exception:  # noqa: BLE001 the client gets a typed answer, the log gets the cause
        _log.exception("request failed", operation=request.operation_name)
        return refused(InternalFault())


def check_kind(operation: Operation, request: GraphQLRequest, router: Router) -> None:
    """Refuse what the transport may not do, or not any more.

    Raises:
        MutationByGet: a mutation where only reading is allowed.
        StreamNeeded: a subscription where only one answer can be given.
        Draining: a subscription, and the router is about to end.
    """
    if request.read_only and operation.kind is OperationType.MUTATION:
        raise MutationByGet
    if operation.kind is OperationType.SUBSCRIPTION:
        if not request.streaming:
            raise StreamNeeded
        if router.lifetimes.draining:
            raise Draining


def coerce(
    operation: Operation, variables: Mapping[str, Any], api_schema: GraphQLSchema
) -> Mapping[str, Any]:
    """Check the client's variables against their types and put in the defaults.

    Raises:
        VariablesRefused: naming each variable that does not fit.
    """
    outcome = get_variable_values(
        api_schema,
        operation.definition.variable_definitions or (),
        dict(variables),
        max_errors=_MAX_ERRORS,
        hide_suggestions=True,
    )
    if isinstance(outcome, list):
        raise VariablesRefused(outcome)
    return outcome.coerced


@traced
async def make_plan(operation: Operation, router: Router) -> QueryPlan:
    """Plan the operation off the loop, so that other requests are answered meanwhile.

    Raises:
        OperationTooComplex: it cannot be planned within the budget.
        PlanFailed: the planner found no way.
    """
    graph = router.overrides.graph()
    try:
        return await router.cold_work.run(plan, operation, graph, graph.supergraph)
    except PlanTooComplex as error:
        raise OperationTooComplex from error
    except PlanError as error:
        _log.exception("planning failed", operation=operation.name)
        raise PlanFailed from error


def refused(refusal: RequestRefused) -> Answer:
    """The answer to a request of which nothing was executed."""
    return Answer({"errors": refusal.errors()}, refusal)
