"""Rebuild one subgraph's schema from the supergraph, to check what is sent there."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_specified_scalar_type,
    print_ast,
)

from supergraph.model.supergraph import Kind, Supergraph, SupergraphType


def subgraph_schema(supergraph: Supergraph, graph: str) -> GraphQLSchema:
    """The schema of one subgraph as far as the supergraph tells, with its entity machinery.

    Args:
        supergraph: read from any composer.
        graph: id of the subgraph.

    Returns:
        Its types and fields, external ones too; an interface object is an object. Arguments
        and descriptions are the merged ones.
    """
    return build_schema(_Printer(supergraph, graph).sdl(), assume_valid_sdl=True)


class _Printer:
    def __init__(self, supergraph: Supergraph, graph: str) -> None:
        self._supergraph = supergraph
        self._graph = graph

    def sdl(self) -> str:
        """The whole schema as text."""
        schema = self._supergraph.schema
        kinds = {"query": schema.query_type, "mutation": schema.mutation_type}
        kinds["subscription"] = schema.subscription_type
        types = [t for t in self._supergraph.types.values() if self._graph in t.joins]
        names = {t.name for t in types}
        roots = [
            f"{kind}: {root.name}" for kind, root in kinds.items() if root and root.name in names
        ]
        parts = [self._type(declared) for declared in types]
        query = schema.query_type.name if schema.query_type else "Query"
        if query not in names:
            roots.append(f"query: {query}")
            parts.append(f"type {query}")
        entities = sorted(self._entities())
        parts.append("scalar _Any type _Service { sdl: String }")
        parts.append(f"extend type {query} {{ _service: _Service! }}")
        if entities:
            parts.append(f"union _Entity = {' | '.join(entities)}")
            parts.append(
                f"extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}"
            )
        return f"schema {{ {' '.join(roots)} }}\n" + "\n".join(filter(None, parts))

    def _entities(self) -> Iterator[str]:
        for declared in self._supergraph.types.values():
            join = declared.joins.get(self._graph)
            if join is None or not any(key.resolvable for key in join.keys):
                continue
            if declared.kind is Kind.OBJECT or join.is_interface_object:
                yield declared.name

    def _type(self, declared: SupergraphType) -> str:
        merged = self._supergraph.schema.type_map[declared.name]
        match declared.kind:
            case Kind.SCALAR:
                return "" if is_specified_scalar_type(merged) else f"scalar {declared.name}"
            case Kind.UNION:
                return f"union {declared.name} = {' | '.join(sorted(self._members(declared)))}"
            case Kind.ENUM:
                values = (v for v, graphs in declared.values.items() if self._graph in graphs)
                return f"enum {declared.name} {{ {' '.join(values)} }}"
            case Kind.INPUT:
                return f"input {declared.name} {_braces(self._fields(declared, merged))}"
            case Kind.OBJECT | Kind.INTERFACE:
                head = f"{self._keyword(declared)} {declared.name}{self._implements(declared)}"
                return f"{head} {_braces(self._fields(declared, merged))}"

    def _members(self, declared: SupergraphType) -> frozenset[str]:
        return declared.members.get(self._graph, frozenset())

    def _keyword(self, declared: SupergraphType) -> str:
        is_object = declared.kind is Kind.OBJECT
        return (
            "type" if is_object or declared.joins[self._graph].is_interface_object else "interface"
        )

    def _implements(self, declared: SupergraphType) -> str:
        names = sorted(declared.interfaces.get(self._graph, ()))
        return f" implements {' & '.join(names)}" if names else ""

    def _fields(self, declared: SupergraphType, merged: GraphQLNamedType) -> Iterator[str]:
        for name, field in declared.fields.items():
            join = field.joins.get(self._graph)
            if join is None:
                continue
            if isinstance(merged, GraphQLInputObjectType):
                yield _input(name, merged.fields[name], join.type)
            elif isinstance(merged, GraphQLObjectType | GraphQLInterfaceType):
                found = merged.fields[name]
                arguments = ", ".join(_input(n, a, None) for n, a in found.args.items())
                arguments = f"({arguments})" if arguments else ""
                yield f"{name}{arguments}: {join.type or found.type}"


def _input(name: str, found: GraphQLInputField | GraphQLArgument, type_text: str | None) -> str:
    node = found.ast_node
    if node is None:
        raise TypeError(f"{name} was not read from SDL")
    text = f"{name}: {type_text or print_ast(node.type)}"
    return f"{text} = {print_ast(node.default_value)}" if node.default_value else text


def _braces(lines: Iterator[str]) -> str:
    body = "\n".join(lines)
    return f"{{ {body} }}" if body else ""
