"""Read the supergraph SDL of any composer: join v0.1 to v0.5 into values.

See https://specs.apollo.dev/join/v0.3/ and https://specs.apollo.dev/link/v1.0/
"""

from __future__ import annotations

from graphql import GraphQLError, GraphQLSyntaxError, build_ast_schema, parse
from graphql.language import (
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
)

from supergraph.model.applications import Applications
from supergraph.model.features import Features, read_features
from supergraph.model.fed1_keys import name_key_fields
from supergraph.model.machinery import without_machinery
from supergraph.model.supergraph import (
    FieldJoin,
    Graph,
    Key,
    Kind,
    Supergraph,
    SupergraphField,
    SupergraphInvalid,
    SupergraphType,
    TypeJoin,
)

_KINDS: dict[type[TypeDefinitionNode], Kind] = {
    ObjectTypeDefinitionNode: Kind.OBJECT,
    InterfaceTypeDefinitionNode: Kind.INTERFACE,
    UnionTypeDefinitionNode: Kind.UNION,
    EnumTypeDefinitionNode: Kind.ENUM,
    InputObjectTypeDefinitionNode: Kind.INPUT,
    ScalarTypeDefinitionNode: Kind.SCALAR,
}


def read_supergraph(sdl: str) -> Supergraph:
    """Read a supergraph.

    Args:
        sdl: the text that a composer printed.

    Raises:
        SupergraphInvalid: it is no GraphQL, no supergraph, names a subgraph it does not declare,
            or links a feature for SECURITY or EXECUTION that this router does not know.
    """
    document = _parse(sdl)
    features = read_features(document)
    graphs = _graphs(document, features)
    types = {
        node.name.value: _type(node, features, graphs)
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode) and not _is_machinery(node.name.value, features)
    }
    if features.by_name["join"].version == (0, 1):
        types = name_key_fields(types, _field_types(document))
    try:
        schema = build_ast_schema(without_machinery(document, features))
    except (GraphQLError, TypeError) as error:
        raise SupergraphInvalid(f"The merged schema is not valid: {error}") from error
    return Supergraph(schema=schema, graphs=graphs, types=types, sdl=sdl)


def _parse(sdl: str) -> DocumentNode:
    try:
        return parse(sdl, no_location=True)
    except GraphQLSyntaxError as error:
        raise SupergraphInvalid(f"The supergraph is not GraphQL: {error.message}") from error


def _is_machinery(name: str, features: Features) -> bool:
    return name.startswith(features.prefixes())


def _graphs(document: DocumentNode, features: Features) -> dict[str, Graph]:
    enum_name = f"{features.by_name['join'].prefix}__Graph"
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == enum_name:
            found = (_graph(value, features) for value in node.values or ())
            return {graph.id: graph for graph in found}
    raise SupergraphInvalid(f"The supergraph has no enum {enum_name} that names its subgraphs.")


def _graph(value: EnumValueDefinitionNode, features: Features) -> Graph:
    for found in Applications(value, features).of("join", "graph"):
        return Graph(value.name.value, str(found["name"]), str(found.get("url") or ""))
    raise SupergraphInvalid(f"The subgraph {value.name.value} has no @join__graph.")


def _type(node: TypeDefinitionNode, features: Features, graphs: dict[str, Graph]) -> SupergraphType:
    applied = Applications(node, features)
    name = node.name.value
    joins = _type_joins(applied, name, graphs)
    owner = next((str(found["graph"]) for found in applied.of("join", "owner")), None)
    return SupergraphType(
        name=name,
        kind=_KINDS[type(node)],
        joins=joins,
        fields={
            child.name.value: _field(child, name, features, _homes(joins, owner), graphs)
            for child in getattr(node, "fields", None) or ()
        },
        interfaces=_interfaces(node, applied, joins),
        members=_members(node, applied, joins),
        values={
            value.name.value: _value_graphs(value, features, joins)
            for value in getattr(node, "values", None) or ()
        },
        inaccessible=applied.inaccessible,
        access=applied.access,
    )


def _homes(joins: dict[str, TypeJoin], owner: str | None) -> tuple[str, ...]:
    """The subgraphs of a field that names none: in join v0.1 an entity's owner, else all."""
    return (owner,) if owner is not None else tuple(joins)


def _type_joins(applied: Applications, name: str, graphs: dict[str, Graph]) -> dict[str, TypeJoin]:
    joins: dict[str, TypeJoin] = {}
    for found in applied.of("join", "type"):
        graph = _known_graph(found["graph"], name, graphs)
        before = joins.get(graph, TypeJoin(graph))
        key = applied.field_set(found.get("key"), f"a @key of {name}")
        keys = (Key(key, found.get("resolvable") is not False),) if key else ()
        joins[graph] = TypeJoin(
            graph=graph,
            keys=before.keys + keys,
            extension=before.extension or found.get("extension") is True,
            is_interface_object=before.is_interface_object
            or found.get("isInterfaceObject") is True,
        )
    # Before join v0.3 types without a key were written without @join__type.
    return joins or {graph: TypeJoin(graph) for graph in graphs}


def _known_graph(graph: object, where: str, graphs: dict[str, Graph]) -> str:
    if graph not in graphs:
        raise SupergraphInvalid(f"{where} names the subgraph {graph}, which is not declared.")
    return str(graph)


def _field(
    node: FieldDefinitionNode | InputValueDefinitionNode,
    type_name: str,
    features: Features,
    homes: tuple[str, ...],
    graphs: dict[str, Graph],
) -> SupergraphField:
    applied = Applications(node, features)
    where = f"{type_name}.{node.name.value}"
    applications = applied.of("join", "field")
    joins = [
        _field_join(found, applied, where, graphs)
        for found in applications
        if found.get("graph") is not None
    ]
    if not applications:
        joins = [FieldJoin(graph) for graph in homes]
    return SupergraphField(
        name=node.name.value,
        joins={join.graph: join for join in joins},
        inaccessible=applied.inaccessible,
        access=applied.access,
    )


def _field_join(
    found: dict[str, object], applied: Applications, where: str, graphs: dict[str, Graph]
) -> FieldJoin:
    if found.get("contextArguments"):
        raise SupergraphInvalid(f"{where} uses @fromContext, which this router does not support.")
    return FieldJoin(
        graph=_known_graph(found["graph"], where, graphs),
        type=_text(found.get("type")),
        external=found.get("external") is True,
        requires=applied.field_set(found.get("requires"), f"@requires of {where}"),
        provides=applied.field_set(found.get("provides"), f"@provides of {where}"),
        override=_text(found.get("override")),
        override_label=_text(found.get("overrideLabel")),
        used_overridden=found.get("usedOverridden") is True,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _interfaces(
    node: TypeDefinitionNode, applied: Applications, joins: dict[str, TypeJoin]
) -> dict[str, frozenset[str]]:
    names = {i.name.value for i in getattr(node, "interfaces", None) or ()}
    return _by_graph(applied.of("join", "implements"), "interface", names, joins)


def _members(
    node: TypeDefinitionNode, applied: Applications, joins: dict[str, TypeJoin]
) -> dict[str, frozenset[str]]:
    names = {t.name.value for t in getattr(node, "types", None) or ()}
    return _by_graph(applied.of("join", "unionMember"), "member", names, joins)


def _by_graph(
    applications: list[dict[str, object]],
    argument: str,
    names: set[str],
    joins: dict[str, TypeJoin],
) -> dict[str, frozenset[str]]:
    """Names per subgraph; older join versions do not say, then each subgraph has them all."""
    if not applications:
        return {graph: frozenset(names) for graph in joins} if names else {}
    found: dict[str, set[str]] = {}
    for application in applications:
        found.setdefault(str(application["graph"]), set()).add(str(application[argument]))
    return {graph: frozenset(members) for graph, members in found.items()}


def _value_graphs(
    value: EnumValueDefinitionNode, features: Features, joins: dict[str, TypeJoin]
) -> frozenset[str]:
    found = Applications(value, features).of("join", "enumValue")
    return frozenset(str(f["graph"]) for f in found) if found else frozenset(joins)


def _field_types(document: DocumentNode) -> dict[tuple[str, str], str]:
    """`[type name, field name]` → name of the field's type without lists and non-nulls."""
    return {
        (node.name.value, child.name.value): _named_type(child.type)
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)
        for child in node.fields or ()
    }


def _named_type(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return node.name.value if isinstance(node, NamedTypeNode) else ""
