"""Build the query graph of a supergraph: every node and move, found when first asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from supergraph.federation.field_set import FieldSet, Selection
from supergraph.model.overrides import with_labels
from supergraph.model.supergraph import FieldJoin, Kind, Supergraph, SupergraphType
from supergraph.query_graph.field_sets import below_field, below_type, has_field, union
from supergraph.query_graph.moves import Downcast, FieldMove, KeyJump
from supergraph.query_graph.nodes import Node, Shape


def build_query_graph(supergraph: Supergraph, labels_on: Collection[str] = ()) -> QueryGraph:
    """Build the query graph.

    Args:
        supergraph: as it was read.
        labels_on: the labels of `@override(label:)` that are on; all others are off.
    """
    return QueryGraph(with_labels(supergraph, labels_on))


class QueryGraph:
    """All ways to move, by node. Reads the supergraph lazily and remembers what it found."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self._nodes: dict[tuple[str, str, tuple[Selection, ...]], Node] = {}
        self._fields: dict[tuple[Node, str], FieldMove | None] = {}
        self._casts: dict[Node, Mapping[str, Downcast]] = {}
        self._jumps: dict[Node, tuple[KeyJump, ...]] = {}
        self._abstract_names: dict[str, frozenset[str]] = {}

    def node(self, type_name: str, graph: str, provided: tuple[Selection, ...] = ()) -> Node:
        """The one node of a type in a subgraph, or of one view of it."""
        found = self._nodes.get((type_name, graph, provided))
        if found is None:
            found = Node(type_name, graph, self._shape(type_name, graph), provided)
            self._nodes[type_name, graph, provided] = found
        return found

    def _shape(self, type_name: str, graph: str) -> Shape:
        declared = self.supergraph.types[type_name]
        if declared.kind is Kind.OBJECT:
            return Shape.OBJECT
        join = declared.joins.get(graph)
        return Shape.INTERFACE_OBJECT if join and join.is_interface_object else Shape.ABSTRACT

    def roots(self, kind: OperationType) -> tuple[Node, ...]:
        """The root type of an operation's kind in each subgraph that has it, by graph id."""
        root = self.supergraph.schema.get_root_type(kind)
        if root is None:
            return ()
        joins = self.supergraph.types[root.name].joins
        return tuple(self.node(root.name, graph) for graph in sorted(joins))

    def field(self, node: Node, name: str) -> FieldMove | None:
        """The move along a field, where the node's subgraph can resolve it as asked.

        An interface answers a field only if every object type that the subgraph has for it does:
        else the field has to be asked type by type.
        """
        if (node, name) not in self._fields:
            self._fields[node, name] = self._find_field(node, name)
        return self._fields[node, name]

    def _find_field(self, node: Node, name: str) -> FieldMove | None:
        declared = self.supergraph.types[node.type_name]
        field = declared.fields.get(name)
        join = field.joins.get(node.graph) if field else None
        if join is None or not self._is_resolvable(node, name, join):
            return None
        if node.is_abstract and not self._every_member_answers(node, name):
            return None
        return self._move(node, name, join)

    def _is_resolvable(self, node: Node, name: str, join: FieldJoin) -> bool:
        own_keys = self._key_selections(node.type_name, node.graph)
        if has_field(own_keys, name) or has_field(node.provided, name):
            return True
        if node.is_abstract and join.external:
            return True  # provided member by member, which the caller checks
        return not (join.external or join.used_overridden or self._is_overridden(node, name))

    def _is_overridden(self, node: Node, name: str) -> bool:
        mine = self.supergraph.graphs[node.graph].name
        joins = self.supergraph.types[node.type_name].fields[name].joins.values()
        return any(join.override == mine and join.graph != node.graph for join in joins)

    def _every_member_answers(self, node: Node, name: str) -> bool:
        moves = [self.field(cast.target, name) for cast in self.casts(node).values()]
        return all(move is not None and move.requires is None for move in moves)

    def _move(self, node: Node, name: str, join: FieldJoin) -> FieldMove:
        declared = self.supergraph.schema.type_map[node.type_name]
        if not isinstance(declared, GraphQLObjectType | GraphQLInterfaceType):
            raise TypeError(node.type_name)
        merged = declared.fields[name].type
        text = join.type or str(merged)
        target_name = text.strip("[]!")
        target = None
        if is_composite_type(get_named_type(merged)):
            provided = union(
                below_field(node.provided, name),
                below_field(self._key_selections(node.type_name, node.graph), name),
                join.provides.selections if join.provides else (),
            )
            target = self.node(target_name, node.graph, provided)
        is_abstract = is_abstract_type(get_named_type(merged))
        return FieldMove(name, node, target, text, join.requires, is_abstract)

    def _key_selections(self, type_name: str, graph: str) -> tuple[Selection, ...]:
        """What the keys of a type name: a subgraph can resolve these even if they are external."""
        join = self.supergraph.types[type_name].joins.get(graph)
        return union(*(key.fields.selections for key in join.keys)) if join else ()

    def casts(self, node: Node) -> Mapping[str, Downcast]:
        """`casts[object type]`, for each that the node's subgraph has for an abstract node."""
        if node not in self._casts:
            names = sorted(self._members(node)) if node.is_abstract else []
            self._casts[node] = {name: self._downcast(node, name) for name in names}
        return self._casts[node]

    def _members(self, node: Node) -> frozenset[str]:
        declared = self.supergraph.types[node.type_name]
        if declared.kind is Kind.UNION:
            return declared.members.get(node.graph, frozenset())
        return frozenset(
            name
            for name in self.implementers(node.type_name)
            if node.type_name in self.supergraph.types[name].interfaces.get(node.graph, ())
        )

    def _downcast(self, node: Node, name: str) -> Downcast:
        provided = below_type(node.provided, self.abstract_names(name) | {name})
        return Downcast(node, self.node(name, node.graph, provided))

    def implementers(self, interface: str) -> frozenset[str]:
        """Names of all object types of the supergraph that implement an interface."""
        return self._implementers.get(interface, frozenset())

    @cached_property
    def _implementers(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for declared in self.supergraph.types.values():
            if declared.kind is Kind.OBJECT:
                for interface in self.abstract_names(declared.name):
                    found.setdefault(interface, set()).add(declared.name)
        return {interface: frozenset(names) for interface, names in found.items()}

    def abstract_names(self, type_name: str) -> frozenset[str]:
        """Names of all interfaces and unions of the supergraph that a type belongs to."""
        if type_name not in self._abstract_names:
            declared = self.supergraph.types[type_name]
            merged = self._merged_interfaces(declared)
            self._abstract_names[type_name] = merged | self._unions.get(type_name, frozenset())
        return self._abstract_names[type_name]

    def _merged_interfaces(self, declared: SupergraphType) -> frozenset[str]:
        merged: GraphQLNamedType = self.supergraph.schema.type_map[declared.name]
        if isinstance(merged, GraphQLObjectType | GraphQLInterfaceType):
            return frozenset(interface.name for interface in merged.interfaces)
        return frozenset()

    @cached_property
    def _unions(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for declared in self.supergraph.types.values():
            for member in frozenset[str]().union(*declared.members.values()):
                found.setdefault(member, set()).add(declared.name)
        return {member: frozenset(names) for member, names in found.items()}

    def keys(self, type_name: str, graph: str) -> tuple[FieldSet, ...]:
        """The keys by which a subgraph can be asked for objects of a type."""
        join = self.supergraph.types[type_name].joins.get(graph)
        return tuple(key.fields for key in join.keys if key.resolvable) if join else ()

    def jumps(self, node: Node) -> tuple[KeyJump, ...]:
        """Every jump to another subgraph, whether or not its key can be had: by target, key."""
        if node not in self._jumps:
            self._jumps[node] = tuple(self._find_jumps(node))
        return self._jumps[node]

    def _find_jumps(self, node: Node) -> list[KeyJump]:
        return [
            KeyJump(node, self.node(name, graph), key)
            for name in self._jump_types(node)
            for graph in sorted(self.supergraph.types[name].joins)
            if graph != node.graph and self._can_enter(name, graph, node)
            for key in self.keys(name, graph)
        ]

    def _jump_types(self, node: Node) -> list[str]:
        kinds = {
            name: self.supergraph.types[name].kind for name in self.abstract_names(node.type_name)
        }
        return [node.type_name, *sorted(n for n, kind in kinds.items() if kind is Kind.INTERFACE)]

    def _can_enter(self, type_name: str, graph: str, node: Node) -> bool:
        """Its own type, or an interface that the subgraph takes for an object type.

        An interface that no object type of the subgraph implements has nothing to look up.
        """
        target = self.node(type_name, graph)
        if target.is_abstract and not self.casts(target):
            return False
        return type_name == node.type_name or target.is_interface_object
