"""One request of a plan, whatever kind of node it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from supergraph.query_plan.nodes import (
    BatchFetch,
    Condition,
    EntityBatch,
    Fetch,
    Flatten,
    FlattenPath,
    OperationKind,
    PlanNode,
    Rewrite,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A `Fetch`, with the path it was flattened to, or a `BatchFetch`.

    Attributes:
        entities: the entity look-ups in it; none for a fetch of root fields.
        path: where root fields go; `()` but for a root type that some object leads back to.
    """

    id: int
    after: tuple[int, ...]
    subgraph: str
    kind: OperationKind
    operation: str
    operation_name: str | None
    variables: tuple[str, ...]
    entities: tuple[EntityBatch, ...] = ()
    path: FlattenPath = ()
    output_rewrites: tuple[Rewrite, ...] = ()


def steps(node: PlanNode | None, variables: Mapping[str, Any]) -> Iterator[Step]:
    """All requests of a plan that these variables choose, in the order of the plan's text."""
    if node is None:
        return
    if isinstance(node, Fetch | BatchFetch):
        yield _step(node, ())
    elif isinstance(node, Flatten):
        yield _step(node.node, node.path)
    elif isinstance(node, Condition):
        chosen = node.if_true if variables.get(node.variable) else node.if_false
        yield from steps(chosen, variables)
    else:
        for child in node.nodes:
            yield from steps(child, variables)


def _step(node: Fetch | BatchFetch, path: FlattenPath) -> Step:
    batch = isinstance(node, BatchFetch)
    return Step(
        id=node.id,
        after=node.after,
        subgraph=node.subgraph,
        kind="query" if batch else node.kind,
        operation=node.operation,
        operation_name=node.operation_name,
        variables=node.variables,
        entities=node.entities if batch else _entities(node, path),
        path=path,
        output_rewrites=() if batch else node.output_rewrites,
    )


def _entities(node: Fetch, path: FlattenPath) -> tuple[EntityBatch, ...]:
    if node.requires is None:
        return ()
    batch = EntityBatch(
        alias="_entities",
        variable="representations",
        paths=(path,),
        requires=node.requires,
        input_rewrites=node.input_rewrites,
        output_rewrites=node.output_rewrites,
    )
    return (batch,)
