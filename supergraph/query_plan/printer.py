"""Show a query plan: as Apollo's text, as JSON, and in two figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from graphql import parse, print_ast
from graphql.language import OperationDefinitionNode, OperationType, SelectionSetNode

from supergraph.federation.field_set import FieldSet
from supergraph.query_plan.nodes import (
    BatchFetch,
    Condition,
    EntityBatch,
    Fetch,
    Flatten,
    FlattenPath,
    Parallel,
    PlanNode,
    QueryPlan,
    Rewrite,
    Sequence,
    Subscription,
)


def print_plan(plan: QueryPlan) -> str:
    """The plan in Apollo's text form; batched look-ups in Hive's (`BatchFetch`)."""
    if plan.root is None:
        return "QueryPlan {}"
    if isinstance(plan.root, Subscription):
        return _block("QueryPlan", [_subscription(plan.root)])
    return _block("QueryPlan", [_print(plan.root)])


def plan_to_json(plan: QueryPlan) -> dict[str, Any]:
    """The plan as JSON-like values, in the shape of Apollo's `QueryPlan`."""
    if isinstance(plan.root, Subscription):
        return {"kind": "QueryPlan", "node": _subscription_to_json(plan.root)}
    return {"kind": "QueryPlan", "node": _to_json(plan.root) if plan.root else None}


def count_requests(plan: QueryPlan) -> int:
    """How many requests the plan sends where every condition holds and every path has entities."""
    return sum(1 for _ in fetches(plan))


def depth(plan: QueryPlan) -> int:
    """How many requests follow one another at most: the longest chain of `after`."""
    depths: dict[int, int] = {}
    for fetch in sorted(fetches(plan), key=lambda f: f.id):
        depths[fetch.id] = 1 + max((depths[a] for a in fetch.after), default=0)
    return max(depths.values(), default=0)


def fetches(plan: QueryPlan) -> Iterator[Fetch | BatchFetch]:
    """Every request of the plan, in the order printed."""
    if isinstance(plan.root, Subscription):
        yield plan.root.primary
    node = plan.root.rest if isinstance(plan.root, Subscription) else plan.root
    if node is not None:
        yield from _fetches(node)


def _fetches(node: PlanNode) -> Iterator[Fetch | BatchFetch]:
    if isinstance(node, Fetch | BatchFetch):
        yield node
    else:
        for child in _children(node):
            yield from _fetches(child)


def _children(node: Flatten | Sequence | Parallel | Condition) -> tuple[PlanNode, ...]:
    match node:
        case Flatten():
            return (node.node,)
        case Sequence() | Parallel():
            return node.nodes
        case Condition():
            return tuple(n for n in (node.if_true, node.if_false) if n is not None)


def _block(head: str, parts: list[str]) -> str:
    body = "\n".join(indent(part, "  ") + "," for part in parts)
    return f"{head} {{\n{body}\n}}"


def _subscription(node: Subscription) -> str:
    # Apollo writes no `subscription` before the selections here: `Primary` says it.
    named = [("Primary:", node.primary), ("Rest:", node.rest)]
    parts = [f"{name} {{\n{indent(_print(n), '  ')}\n}}" for name, n in named if n is not None]
    return _block("Subscription", parts)


def _print(node: PlanNode) -> str:
    match node:
        case Fetch():
            return _fetch(node)
        case BatchFetch():
            return _batch_fetch(node)
        case Flatten():
            return _block(f'Flatten(path: "{_path(node.path)}")', [_print(node.node)])
        case Sequence():
            return _block("Sequence", [_print(n) for n in node.nodes])
        case Parallel():
            return _block("Parallel", [_print(n) for n in node.nodes])
        case Condition():
            return _condition(node)


def _condition(node: Condition) -> str:
    if node.if_false is None and node.if_true is not None:
        return _block(f"Include(if: ${node.variable})", [_print(node.if_true)])
    if node.if_true is None and node.if_false is not None:
        return _block(f"Skip(if: ${node.variable})", [_print(node.if_false)])
    branches = [("if", node.if_true), ("else", node.if_false)]
    parts = [_block(name, [_print(branch)]) for name, branch in branches if branch is not None]
    return _block(f"Condition(if: ${node.variable})", parts)


def _fetch(node: Fetch) -> str:
    text = _OperationText.read(node.operation)
    parts = [text.selections]
    if node.requires is not None:
        parts = [f"{_field_set(node.requires)} =>", text.entities["_entities"]]
    elif text.head and node.kind != "subscription":
        parts[0] = f"{text.head} {parts[0]}"
    body = "\n".join([*parts, *text.fragments])
    return f'Fetch(service: "{node.subgraph}") {{\n{indent(body, "  ")}\n}}'


def _batch_fetch(node: BatchFetch) -> str:
    text = _OperationText.read(node.operation)
    parts = [_batch(batch, text.entities[batch.alias]) for batch in node.entities]
    body = "\n".join([*parts, *text.fragments])
    return f'BatchFetch(service: "{node.subgraph}") {{\n{indent(body, "  ")}\n}}'


def _batch(batch: EntityBatch, selections: str) -> str:
    paths = ", ".join(f'"{_path(path)}"' for path in batch.paths)
    body = f"{_field_set(batch.requires)} =>\n{selections}"
    return f"{batch.alias}(paths: [{paths}]) {{\n{indent(body, '  ')}\n}}"


def _path(path: FlattenPath) -> str:
    return ".".join(path)


def _field_set(field_set: FieldSet) -> str:
    return print_ast(parse(f"{{ {field_set} }}", no_location=True))


@dataclass(frozen=True, slots=True)
class _OperationText:
    """The parts of a fetch's operation that a plan shows.

    Attributes:
        head: kind and variables, where the operation is not a plain query.
        entities: `entities[response key]`: selections of each root field, braces included.
    """

    head: str
    selections: str
    entities: dict[str, str]
    fragments: list[str]

    @classmethod
    def read(cls, operation: str) -> _OperationText:
        """Take an operation apart."""
        document = parse(operation, no_location=True)
        definition, *fragments = document.definitions
        if not isinstance(definition, OperationDefinitionNode):
            raise TypeError(operation)
        return cls(
            head="" if definition.operation is OperationType.QUERY else definition.operation.value,
            selections=print_ast(definition.selection_set),
            entities=_root_fields(definition.selection_set),
            fragments=[print_ast(fragment) for fragment in fragments],
        )


def _root_fields(selection_set: SelectionSetNode) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in selection_set.selections:
        alias, name = getattr(field, "alias", None), getattr(field, "name", None)
        inner = getattr(field, "selection_set", None)
        if name is not None and inner is not None:
            found[(alias or name).value] = print_ast(inner)
    return found


def _subscription_to_json(node: Subscription) -> dict[str, Any]:
    shown = {"kind": "Subscription", "primary": _to_json(node.primary)}
    return {**shown, "rest": _to_json(node.rest)} if node.rest else shown


def _to_json(node: PlanNode) -> dict[str, Any]:
    match node:
        case Fetch() | BatchFetch():
            return _fetch_to_json(node)
        case Flatten():
            return {"kind": "Flatten", "path": list(node.path), "node": _to_json(node.node)}
        case Sequence() | Parallel():
            return {"kind": type(node).__name__, "nodes": [_to_json(n) for n in node.nodes]}
        case Condition():
            return _condition_to_json(node)


def _condition_to_json(node: Condition) -> dict[str, Any]:
    branches = {"ifClause": node.if_true, "elseClause": node.if_false}
    found = {name: _to_json(branch) for name, branch in branches.items() if branch is not None}
    return {"kind": "Condition", "condition": node.variable, **found}


def _fetch_to_json(node: Fetch | BatchFetch) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": type(node).__name__,
        "id": node.id,
        "after": list(node.after),
        "serviceName": node.subgraph,
        "operation": node.operation,
        "operationName": node.operation_name,
        "variableUsages": list(node.variables),
    }
    if isinstance(node, BatchFetch):
        return {**shown, "entities": [_batch_to_json(batch) for batch in node.entities]}
    shown["operationKind"] = node.kind
    if node.requires is not None:
        shown["requires"] = str(node.requires)
    return {**shown, **_rewrites_to_json(node)}


def _batch_to_json(batch: EntityBatch) -> dict[str, Any]:
    return {
        "alias": batch.alias,
        "variable": batch.variable,
        "paths": [list(path) for path in batch.paths],
        "requires": str(batch.requires),
        **_rewrites_to_json(batch),
    }


def _rewrites_to_json(node: Fetch | EntityBatch) -> dict[str, Any]:
    both = {"inputRewrites": node.input_rewrites, "outputRewrites": node.output_rewrites}
    return {name: [_rewrite_to_json(r) for r in found] for name, found in both.items() if found}


def _rewrite_to_json(rewrite: Rewrite) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": list(rewrite.path)}
    if rewrite.rename_to is not None:
        return {**shown, "kind": "KeyRenamer", "renameKeyTo": rewrite.rename_to}
    return {**shown, "kind": "ValueSetter", "setValueTo": rewrite.set_value}
