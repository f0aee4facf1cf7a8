"""Applications of the join specification: which subgraph has what.

See https://specs.apollo.dev/join/v0.5
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql.language import BooleanValueNode, EnumValueNode, StringValueNode, ValueNode

from supergraph.compose.merge.context import Source
from supergraph.compose.schema import Applied, TypeDefinition
from supergraph.compose.subgraph import Subgraph


def join_types(sources: Sequence[Source[TypeDefinition]]) -> tuple[Applied, ...]:
    """`@join__type` for each subgraph, once for each of its keys."""
    return tuple(applied for source in sources for applied in _join_type(source))


def _join_type(source: Source[TypeDefinition]) -> Iterator[Applied]:
    definition, is_federation_1 = source.value, source.subgraph.is_federation_1
    marks: dict[str, ValueNode] = {}
    # A federation 1 schema that writes `extend type` is read as if it defined the type.
    is_written = definition.has("extends") or not is_federation_1
    if definition.is_extension and definition.has("key") and is_written:
        marks["extension"] = _true()
    if definition.has("interfaceObject"):
        marks["isInterfaceObject"] = _true()
    keys = list({str(key): key for key in definition.applied("key")}.values())
    for key in keys:
        resolvable: dict[str, ValueNode] = {}
        if not key.flag("resolvable", default=True):
            resolvable["resolvable"] = BooleanValueNode(value=False)
        fields = key.arguments["fields"]
        yield Applied("join__type", {"graph": _graph(source), "key": fields, **marks, **resolvable})
    if not keys:
        yield Applied("join__type", {"graph": _graph(source), **marks})


def join_implements(sources: Sequence[Source[TypeDefinition]]) -> tuple[Applied, ...]:
    """`@join__implements` for each interface in each subgraph."""
    return tuple(
        Applied("join__implements", {"graph": _graph(source), "interface": _text(interface)})
        for source in sources
        for interface in source.value.interfaces
    )


def join_members(sources: Sequence[Source[TypeDefinition]]) -> tuple[Applied, ...]:
    """`@join__unionMember` for each member in each subgraph."""
    return tuple(
        Applied("join__unionMember", {"graph": _graph(source), "member": _text(member)})
        for source in sources
        for member in source.value.members
    )


def join_value(subgraph: Subgraph) -> Applied:
    """`@join__enumValue` for one subgraph."""
    return Applied("join__enumValue", {"graph": EnumValueNode(value=subgraph.id)})


def join_field(subgraph: Subgraph | None, **arguments: str | bool | None) -> Applied:
    """`@join__field` with the arguments that say something: neither `None` nor `False`."""
    graph: dict[str, ValueNode] = (
        {"graph": EnumValueNode(value=subgraph.id)} if subgraph is not None else {}
    )
    given = {name: _value(value) for name, value in arguments.items() if value}
    return Applied("join__field", {**graph, **given})


def _value(value: str | bool) -> ValueNode:
    return BooleanValueNode(value=value) if isinstance(value, bool) else _text(value)


def _graph(source: Source[TypeDefinition]) -> EnumValueNode:
    return EnumValueNode(value=source.subgraph.id)


def _text(value: str) -> StringValueNode:
    return StringValueNode(value=value)


def _true() -> BooleanValueNode:
    return BooleanValueNode(value=True)
