"""One request, top to bottom, for every transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from graphql import GraphQLSchema
from graphql.execution import get_variable_values
from graphql.language import OperationType

from chassis.identity import Caller
from chassis.telemetry import traced
from supergraph.execute import execute
from supergraph.model.operation import Operation
from supergraph.plan import plan
from supergraph.plan.errors import PlanError, PlanTooComplex
from supergraph.query_plan.nodes import QueryPlan
from supergraph.serve.observe import observe
from supergraph.serve.refusals import (
    InternalFault,
    MutationByGet,
    OperationTooComplex,
    PlanFailed,
    RequestRefused,
    SubscriptionUnsupported,
    VariablesRefused,
)
from supergraph.serve.request import Answer, GraphQLRequest
from supergraph.serve.router import Router

_MAX_ERRORS = 20
_log = structlog.get_logger(__name__)


@traced
async def answer(request: GraphQLRequest, router: Router) -> Answer:
    """Answer one request.

    Never raises but when cancelled, which cancels what the subgraphs are asked.
    """
    try:
        found = Answer(await _answer(request, router))
    except RequestRefused as refusal:
        found = refused(refusal)
    except Exception:  # noqa: BLE001 the client gets a typed answer, the log gets the cause
        _log.exception("request failed", operation=request.operation_name)
        found = refused(InternalFault())
    return observe(found)


async def _answer(request: GraphQLRequest, router: Router) -> dict[str, Any]:
    prepared = await router.preparer.prepare(request.query, request.operation_name)
    operation = prepared.operation
    check_kind(operation, request)
    variables = coerce(operation, request.variables, router.api_schema)
    viewer = await router.authenticator.authenticate(request.authorization)
    authorized = router.authorizer.authorize(operation, viewer)
    query_plan = await make_plan(authorized.operation, router)
    context = router.context(authorized, variables, Caller(viewer, request.client))
    result = await execute(query_plan, operation, context)
    return result.to_json()


def check_kind(operation: Operation, request: GraphQLRequest) -> None:
    """Refuse what the transport may not do, and what the router cannot yet.

    Raises:
        MutationByGet: a mutation where only reading is allowed.
        SubscriptionUnsupported: a subscription.
    """
    if operation.kind is OperationType.SUBSCRIPTION:
        raise SubscriptionUnsupported
    if request.read_only and operation.kind is OperationType.MUTATION:
        raise MutationByGet


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
    try:
        return await router.cold_work.run(plan, operation, router.query_graph, router.supergraph)
    except PlanTooComplex as error:
        raise OperationTooComplex from error
    except PlanError as error:
        _log.exception("planning failed", operation=operation.name)
        raise PlanFailed from error


def refused(refusal: RequestRefused) -> Answer:
    """The answer to a request of which nothing was executed."""
    return Answer({"errors": refusal.errors()}, refusal)
