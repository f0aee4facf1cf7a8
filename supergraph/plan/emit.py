"""Write the fetch graph down as a query plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import OperationType

from supergraph.federation.field_set import FieldSet, TypeSelection
from supergraph.model.operation import Operation
from supergraph.model.supergraph import Supergraph
from supergraph.plan.asks import Conditions
from supergraph.plan.optimize.share_requests import Request
from supergraph.plan.request_text import (
    Definitions,
    entities_request,
    root_request,
    variable_names,
)
from supergraph.plan.steps import Step
from supergraph.query_plan.nodes import (
    BatchFetch,
    Condition,
    EntityBatch,
    Fetch,
    Flatten,
    OperationKind,
    Parallel,
    PlanNode,
    QueryPlan,
    Rewrite,
    Subscription,
)
from supergraph.query_plan.nodes import (
    Sequence as SequenceNode,
)

_KINDS: dict[OperationType, OperationKind] = {
    OperationType.QUERY: "query",
    OperationType.MUTATION: "mutation",
    OperationType.SUBSCRIPTION: "subscription",
}


def emit(
    groups: Sequence[Sequence[Request]], operation: Operation, supergraph: Supergraph
) -> QueryPlan:
    """Write steps down as a plan.

    Args:
        groups: requests by level; the groups have to be run one after the other: one for a
            query or subscription, one for each run of root fields of one subgraph for a mutation.
        operation: for its kind and variables.
        supergraph: for the names of the subgraphs.

    Returns:
        The plan: waves of requests that may run at the same time; `after` says what each one
        really waits for.
    """
    definitions = {
        node.variable.name.value: node for node in operation.definition.variable_definitions or ()
    }
    writer = _Writer(_KINDS[operation.kind], definitions, supergraph)
    waves = [wave for group in groups for wave in writer.group(group)]
    first = waves[0] if waves else None
    if writer.kind == "subscription" and isinstance(first, Fetch):
        return QueryPlan(writer.kind, Subscription(first, _one(waves[1:], SequenceNode)))
    return QueryPlan(writer.kind, _one(waves, SequenceNode))


def _one(nodes: list[PlanNode], several: type[SequenceNode | Parallel]) -> PlanNode | None:
    if len(nodes) > 1:
        return several(tuple(nodes))
    return nodes[0] if nodes else None


@dataclass(slots=True)
class _Writer:
    kind: OperationKind
    definitions: Definitions
    supergraph: Supergraph
    ids: dict[Step, int] = field(default_factory=dict[Step, int])
    count: int = 0
    before: tuple[int, ...] = ()

    def group(self, requests: Sequence[Request]) -> list[PlanNode]:
        """One fetch graph as waves; all of it comes after the group before."""
        first = self.count
        waves: dict[int, list[PlanNode]] = {}
        for request in requests:
            node = _conditional(self._request(request), request.conditions)
            waves.setdefault(request.level, []).append(node)
        self.before = tuple(range(first, self.count))
        return [node for wave in waves.values() if (node := _one(wave, Parallel)) is not None]

    def _request(self, request: Request) -> PlanNode:
        number, self.count = self.count, self.count + 1
        steps = request.steps
        self.ids |= dict.fromkeys(steps, number)
        parents = {self.ids[parent] for step in steps for parent in step.parents}
        after = tuple(sorted(parents)) or self.before
        if steps[0].is_root:
            return self._root(steps[0], number, after)
        if len(steps) == 1 and "representations" not in self.definitions:
            return self._entities(steps[0], number, after)
        return self._batch(_alike(steps), number, after)

    def _subgraph(self, step: Step) -> str:
        return self.supergraph.graphs[step.graph].name

    def _root(self, step: Step, number: int, after: tuple[int, ...]) -> Fetch:
        variables = variable_names([step], self.definitions)
        return Fetch(
            id=number,
            subgraph=self._subgraph(step),
            kind=self.kind,
            operation=root_request(step, self.kind, variables, self.definitions),
            variables=variables,
            after=after,
            output_rewrites=step.output_rewrites,
        )

    def _entities(self, step: Step, number: int, after: tuple[int, ...]) -> Flatten:
        variables = variable_names([step], self.definitions)
        batch = [("_entities", "representations", step)]
        fetch = Fetch(
            id=number,
            subgraph=self._subgraph(step),
            kind="query",
            operation=entities_request(batch, variables, self.definitions),
            variables=variables,
            requires=_requires(step),
            after=after,
            input_rewrites=_input_rewrites(step),
            output_rewrites=step.output_rewrites,
        )
        return Flatten(step.where, fetch)

    def _batch(self, alike: list[list[Step]], number: int, after: tuple[int, ...]) -> BatchFetch:
        firsts = [steps[0] for steps in alike]
        variables = variable_names(firsts, self.definitions)
        names = _free_names(len(alike), self.definitions)
        batches = [(f"_e{i}", names[i], step) for i, step in enumerate(firsts)]
        return BatchFetch(
            id=number,
            subgraph=self._subgraph(firsts[0]),
            operation=entities_request(batches, variables, self.definitions),
            entities=tuple(
                EntityBatch(
                    alias=f"_e{i}",
                    variable=names[i],
                    paths=tuple(step.where for step in steps),
                    requires=_requires(steps[0]),
                    input_rewrites=_input_rewrites(steps[0]),
                    output_rewrites=steps[0].output_rewrites,
                )
                for i, steps in enumerate(alike)
            ),
            variables=variables,
            after=after,
        )


def _alike(steps: list[Step]) -> list[list[Step]]:
    """Steps that send and ask the same, at different places."""
    found: dict[object, list[Step]] = {}
    for step in steps:
        asked = frozenset((name, entry.essence()) for name, entry in step.entries.items())
        same = (asked, _requires(step), _input_rewrites(step))
        found.setdefault((*same, step.output_rewrites), []).append(step)
    return list(found.values())


def _requires(step: Step) -> FieldSet:
    return FieldSet(
        tuple(TypeSelection(name, step.inputs[name].selections) for name in sorted(step.inputs))
    )


def _input_rewrites(step: Step) -> tuple[Rewrite, ...]:
    return tuple(r for name in sorted(step.inputs) for r in step.inputs[name].rewrites)


def _free_names(count: int, definitions: Definitions) -> list[str]:
    """Variable names that the client does not use."""
    prefix = "representations"
    while any(name.startswith(prefix) for name in definitions):
        prefix = f"_{prefix}"
    return [f"{prefix}_{i}" for i in range(count)]


def _conditional(node: PlanNode, conditions: Conditions) -> PlanNode:
    for variable, wanted in sorted(conditions, reverse=True):
        node = Condition(variable, *((node, None) if wanted else (None, node)))
    return node
