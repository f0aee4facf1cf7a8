"""Cut the data to what the client asked, as one GraphQL server would have completed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
)
from graphql.language import FieldNode, SelectionSetNode

from supergraph.execute.context import ExecutionContext, ExecutionResult
from supergraph.execute.error_log import Entry, ErrorLog
from supergraph.execute.errors import (
    Fault,
    Path,
    fault_of_denial,
    fault_of_value,
)
from supergraph.execute.failures import Cause, Failure
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.leaves import LeafInvalid, complete_leaf
from supergraph.execute.progress import Progress
from supergraph.execute.selections import Scope, TypeConditions, selection_sets
from supergraph.model.operation import Operation


def shape(
    operation: Operation, context: ExecutionContext, progress: Progress, about_schema: Object
) -> ExecutionResult:
    """Walk the client's operation over the data that was fetched.

    Args:
        operation: as the client sent it, denied fields included.
        context: the API schema, and what is denied.
        progress: the data, with failures in it.
        about_schema: answers to introspection fields, by response key.

    Returns:
        Keys in the order asked; nulls bubbled and errors placed as graphql-core does, which for
        several errors below one bubbled null means the first of them only.
    """
    walk = _Walk(operation, context)
    data = walk.root(operation, progress.data | about_schema)
    walk.log.add_loose(progress.loose, data)
    return ExecutionResult(data, walk.log.errors())


Sets = tuple[SelectionSetNode, ...]
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Fielded = GraphQLObjectType | GraphQLInterfaceType
Nullable = GraphQLScalarType | GraphQLEnumType | Composite | GraphQLList[Any]
Output = Nullable | GraphQLNonNull[Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One response key of a selection on a type.

    Attributes:
        output: its type; none for what every type or schema has.
        where: the field, for messages.
        denied: the code, where this viewer may not see it.
        leaf: its type, where it is a leaf that this viewer may see.
    """

    key: str
    name: str
    sets: Sets
    output: Output | None = None
    where: str = ""
    denied: str | None = None
    leaf: GraphQLLeafType | None = None


class _Null(Exception):
    """An error made this value null; where the type allows none, its parent too."""

    def __init__(self, causes: Sequence[Entry]) -> None:
        super().__init__()
        self.causes = causes


class _Walk:
    """One walk over one operation.

    Attributes:
        path: from the root to the value at hand.
        sets: `sets[n]`: the selection sets that apply to the value at `path[:n]`.
    """

    def __init__(self, operation: Operation, context: ExecutionContext) -> None:
        self.log = ErrorLog()
        self.path: list[str | int] = []
        self.sets: list[Sets] = []
        self._schema = context.api_schema
        self._supergraph = context.supergraph
        self._denied = context.denied
        self._denied_types = context.denied_types
        conditions = TypeConditions(context.api_schema)
        self._scope = Scope(operation.fragments, context.variables, conditions)
        self._collected: dict[tuple[int, str], list[_Asked]] = {}

    def root(self, operation: Operation, data: Object) -> Object | None:
        """The whole answer."""
        type_ = self._schema.get_root_type(operation.kind)
        if type_ is None:
            return None
        self.sets.append((operation.definition.selection_set,))
        try:
            return self._fields(type_, data)
        except _Null as null:
            self.log.drop_below((), 0, null.causes)
            return None

    def _fields(self, type_: Fielded, value: Object) -> Object:
        result: Object = {}
        for asked in self._collect(type_):
            if asked.output is not None:
                result[asked.key] = self._field(asked, asked.output, value.get(asked.key))
            elif asked.name == "__typename":
                result[asked.key] = self._type_name(type_)
            elif asked.name in {"__schema", "__type"}:
                result[asked.key] = value.get(asked.key)
        return result

    def _collect(self, type_: Fielded) -> list[_Asked]:
        sets = self.sets[-1]
        # The tuple is the same object for all items of a list; the cache's values keep it alive.
        collected = self._collected.get((id(sets), type_.name))
        if collected is None:
            fields = self._scope.collect(sets, type_.name)
            collected = [self._asked(type_, key, nodes) for key, nodes in fields.items()]
            self._collected[id(sets), type_.name] = collected
        return collected

    def _asked(self, type_: Fielded, key: str, nodes: Sequence[FieldNode]) -> _Asked:
        name, sets = nodes[0].name.value, selection_sets(nodes)
        field = type_.fields.get(name)
        if field is None:
            return _Asked(key, name, sets)
        output: Output = field.type
        denied = self._denial(type_, name, output)
        inner = output.of_type if isinstance(output, GraphQLNonNull) else output
        is_leaf = isinstance(inner, GraphQLScalarType | GraphQLEnumType)
        leaf = inner if is_leaf and denied is None else None
        return _Asked(key, name, sets, output, f"{type_.name}.{name}", denied, leaf)

    def _type_name(self, type_: Fielded) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            raise self._wrong(f'No subgraph told which type of "{type_.name}" this is.')
        return type_.name

    def _field(self, asked: _Asked, output: Output, value: Any) -> Any:
        # Most values are leaves that are there: those need no place for an error.
        if asked.leaf is not None and value is not None and not isinstance(value, Failure):
            try:
                return complete_leaf(asked.leaf, value)
            except LeafInvalid:
                return self._placed(asked, output, value)
        return self._placed(asked, output, value)

    def _placed(self, asked: _Asked, output: Output, value: Any) -> Any:
        """Complete a value of which errors must know where it stands."""
        self.path.append(asked.key)
        self.sets.append(asked.sets)
        result = self._value(output, value, asked.where, asked.denied)
        self.path.pop()
        self.sets.pop()
        return result

    def _denial(self, type_: Fielded, name: str, output: Output) -> str | None:
        if not self._denied and not self._denied_types:
            return None
        # Of an object whose type is not known, what is denied of one is denied of all.
        owners: Iterable[GraphQLObjectType] = (
            (type_,)
            if isinstance(type_, GraphQLObjectType)
            else self._schema.get_possible_types(type_)
        )
        codes = (self._denied.get((owner.name, name)) for owner in owners)
        return next(filter(None, codes), self._denied_types.get(get_named_type(output).name))

    def _value(self, type_: Output, value: Any, where: str, denied: str | None = None) -> Any:
        """Complete a value; raises `_Null` where it is null against its type."""
        if isinstance(type_, GraphQLNonNull):
            result = self._present(type_.of_type, value, where, denied)
            if result is None:
                raise self._wrong(f"Cannot return null for non-nullable field {where}.")
            return result
        depth, mark = len(self.path), self.log.mark()
        try:
            return self._present(type_, value, where, denied)
        except _Null as null:
            del self.path[depth:], self.sets[depth + 1 :]
            self.log.drop_below(tuple(self.path), mark, null.causes)
            return None

    def _present(self, type_: Nullable, value: Any, where: str, denied: str | None) -> Any:
        if denied is not None:
            raise self._null(fault_of_denial(denied))
        if isinstance(value, Failure):
            raise _Null([self.log.add(cause.fault, self._place(cause)) for cause in value.causes])
        if value is None:
            return None
        if isinstance(type_, GraphQLList):
            return self._list(type_, value, where)
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return self._leaf(type_, value)
        return self._object(type_, value, where)

    def _list(self, type_: GraphQLList[Any], value: Any, where: str) -> list[Any]:
        if not is_list(value):
            raise self._wrong(f"Expected a list for field {where}.")
        result: list[Any] = []
        for index, item in enumerate(value):
            self.path.append(index)
            self.sets.append(self.sets[-1])
            result.append(self._value(type_.of_type, item, where))
            self.path.pop()
            self.sets.pop()
        return result

    def _leaf(self, type_: GraphQLLeafType, value: Any) -> Any:
        try:
            return complete_leaf(type_, value)
        except LeafInvalid as invalid:
            raise self._wrong(str(invalid)) from invalid

    def _object(self, type_: Composite, value: Any, where: str) -> Object:
        if not is_object(value):
            raise self._wrong(f"Expected an object for field {where}.")
        runtime = self._runtime(type_, value, where)
        if (code := self._denied_types.get(runtime.name)) is not None:
            raise self._null(fault_of_denial(code))
        return self._fields(runtime, value)

    def _runtime(self, type_: Composite, value: Object, where: str) -> Fielded:
        """The type of the object; its interface where only an interface object is known of it."""
        if isinstance(type_, GraphQLObjectType):
            return type_
        runtime = self._schema.type_map.get(str(value.get("__typename", type_.name)))
        if isinstance(runtime, Fielded) and self._may_be(type_, runtime):
            return runtime
        raise self._wrong(f'"{type_.name}" has no such type of object for field {where}.')

    def _may_be(self, type_: GraphQLInterfaceType | GraphQLUnionType, runtime: Fielded) -> bool:
        if isinstance(runtime, GraphQLInterfaceType):
            merged = self._supergraph.types.get(runtime.name)
            joins = merged.joins.values() if merged else ()
            if not any(join.is_interface_object for join in joins):
                return False
        return runtime is type_ or self._schema.is_sub_type(type_, runtime)

    def _wrong(self, message: str) -> _Null:
        return self._null(fault_of_value(message))

    def _null(self, fault: Fault) -> _Null:
        return _Null([self.log.add(fault, tuple(self.path))])

    def _place(self, cause: Cause) -> Path:
        """Where the client sees a fault that made the value at hand null."""
        here = tuple(self.path)
        if cause.up is None:
            return here
        anchor = len(here) - cause.up
        seen = self._seen(cause.rest, self.sets[anchor])
        if cause.up and cause.rest and not seen:
            return here  # a key or required field failed: told at the field that needed it
        return here[:anchor] + seen

    def _seen(self, rest: Path, sets: Sets) -> Path:
        """As much of a path as the client asked for."""
        for depth, part in enumerate(rest):
            if isinstance(part, str):
                nodes = self._scope.collect(sets, None).get(part)
                if nodes is None:
                    return rest[:depth]
                sets = selection_sets(nodes)
        return rest
