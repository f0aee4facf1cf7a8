"""Read the JSON of Hive's planner as a plan of ours, so that the executor can run it.

With another's plans, a wrong answer is the executor's fault alone.
"""

from __future__ import annotations

import itertools
from typing import Any

from graphql import parse, print_ast, visit
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
)

from supergraph.federation.field_set import FieldSelection, FieldSet, Selection, TypeSelection
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
)

Json = Any


class PlanReader:
    """Reads one plan; a node comes after all that stands before it in a sequence."""

    def __init__(self) -> None:
        self._ids = itertools.count()

    def plan(self, json: Json) -> QueryPlan:
        root = None if json.get("node") is None else self._node(json["node"], ())[0]
        return QueryPlan("query", root)

    def _node(self, json: Json, after: tuple[int, ...]) -> tuple[PlanNode, tuple[int, ...]]:
        """The node and the ids of all fetches in it."""
        kind = json["kind"]
        if kind in {"Sequence", "Parallel"}:
            return self._nodes(json["nodes"], after, sequence=kind == "Sequence")
        if kind == "Flatten":
            fetch, ids = self._node(json["node"], after)
            assert isinstance(fetch, Fetch)
            return Flatten(flatten_path(json["path"]), fetch), ids
        if kind == "Condition":
            sides = [json.get(name) for name in ("ifClause", "elseClause")]
            nodes = [side and self._node(side, after) for side in sides]
            condition = Condition(json["condition"], *(node and node[0] for node in nodes))
            return condition, tuple(itertools.chain(*(node[1] for node in nodes if node)))
        node = self._batch(json, after) if kind == "BatchFetch" else self._fetch(json, after)
        return node, (node.id,)

    def _nodes(
        self, nodes: list[Json], after: tuple[int, ...], *, sequence: bool
    ) -> tuple[PlanNode, tuple[int, ...]]:
        read: list[PlanNode] = []
        ids: tuple[int, ...] = ()
        for each in nodes:
            node, own = self._node(each, after + ids if sequence else after)
            read.append(node)
            ids += own
        return (Sequence if sequence else Parallel)(tuple(read)), ids

    def _fetch(self, json: Json, after: tuple[int, ...]) -> Fetch:
        requires = json.get("requires")
        return Fetch(
            id=next(self._ids),
            subgraph=json["serviceName"],
            kind=json.get("operationKind", "query"),
            operation=with_type_names(json["operation"]),
            variables=variables(json["operation"]),
            requires=None if requires is None else FieldSet(selections(requires)),
            after=after,
            input_rewrites=rewrites(json.get("inputRewrites")),
            output_rewrites=rewrites(json.get("outputRewrites")),
        )

    def _batch(self, json: Json, after: tuple[int, ...]) -> BatchFetch:
        entities = tuple(
            EntityBatch(
                alias=each["alias"],
                variable=each["representationsVariableName"],
                paths=tuple(flatten_path(path) for path in each["paths"]),
                requires=FieldSet(selections(each["requires"])),
                input_rewrites=rewrites(each.get("inputRewrites")),
                output_rewrites=rewrites(each.get("outputRewrites")),
            )
            for each in json["entityBatch"]["aliases"]
        )
        return BatchFetch(
            next(self._ids),
            json["serviceName"],
            with_type_names(json["operation"]),
            entities,
            variables(json["operation"]),
            after=after,
        )


class _TypeNames(Visitor):
    def leave_selection_set(
        self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any
    ) -> SelectionSetNode | None:
        if isinstance(parent, FieldNode | InlineFragmentNode | FragmentDefinitionNode):
            type_name = FieldNode(name=NameNode(value="__typename"))
            return SelectionSetNode(selections=(type_name, *node.selections))
        return None


def with_type_names(operation: str) -> str:
    """Ask for `__typename` below the root everywhere: our executor reads types from the data."""
    return print_ast(visit(parse(operation), _TypeNames()))


def variables(operation: str) -> tuple[str, ...]:
    """Names of the variables that an operation declares; representations are set by others."""
    definition = parse(operation).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return tuple(each.variable.name.value for each in definition.variable_definitions or ())


def flatten_path(json: list[Json]) -> FlattenPath:
    path: list[str] = []
    for part in json:
        if part == "@":
            path.append("@")
        elif "Field" in part:
            path.append(part["Field"])
        else:
            path[-1] += "".join(f"|{name}" for name in part["TypeCondition"])
    return tuple(path)


def selections(json: list[Json]) -> tuple[Selection, ...]:
    return tuple(
        TypeSelection(each["typeCondition"], selections(each["selections"]))
        if each["kind"] == "InlineFragment"
        else FieldSelection(
            each["name"], each.get("alias"), selections=selections(each.get("selections", []))
        )
        for each in json
    )


def rewrites(json: list[Json] | None) -> tuple[Rewrite, ...]:
    read: list[Rewrite] = []
    for each in json or ():
        (kind, body), *_ = each.items()
        path = rewrite_path(body["path"])
        if kind == "ValueSetter":
            read.append(Rewrite(path, set_value=body["setValueTo"]))
        else:
            read.append(Rewrite(path, rename_to=body["renameKeyTo"]))
    return tuple(read)


def rewrite_path(json: list[Json]) -> tuple[str, ...]:
    path: list[str] = []
    for part in json:
        if isinstance(part, str):
            path.append(part)
        elif "Key" in part:
            path.append(part["Key"])
        else:
            path += [f"... on {name}" for name in part["TypenameEquals"]]
    return tuple(path)
