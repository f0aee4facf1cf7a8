"""Random operations that are valid for a schema."""

from __future__ import annotations

from random import Random

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)

_VALUES = {"ID": '"1"', "String": '"x"', "Int": "1", "Float": "1.5", "Boolean": "true"}


class Operations:
    """Draws operations: aliases, fragments by type, conditions with variables, any depth."""

    def __init__(self, schema: GraphQLSchema, dice: Random) -> None:
        self._schema = schema
        self._dice = dice
        self._variables: set[str] = set()

    def draw(self) -> str | None:
        """One query; `None` where the dice left nothing to ask. It may still be invalid, where
        two fields of one response key differ."""
        self._variables.clear()
        root = self._schema.query_type
        body = self._selections(root, self._dice.randint(1, 4)) if root else ""
        declared = ", ".join(f"${name}: Boolean!" for name in sorted(self._variables))
        head = f"query({declared}) " if declared else ""
        return f"{head}{{ {body} }}" if body else None

    def _selections(self, owner: object, depth: int) -> str:
        parts: list[str] = []
        if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            names = self._dice.sample(sorted(owner.fields), min(len(owner.fields), 4))
            parts += [
                self._field(name, owner.fields[name], depth, owner.name)
                for name in names[: self._dice.randint(1, 4)]
            ]
        if self._dice.random() < 0.3:
            parts.append("__typename")
        if isinstance(owner, GraphQLInterfaceType | GraphQLUnionType):
            for member in self._schema.get_possible_types(owner):
                below = self._selections(member, depth) if self._dice.random() < 0.6 else ""
                parts.append(f"... on {member.name} {{ {below} }}" if below else "")
        return " ".join(filter(None, parts))

    def _field(self, name: str, field: GraphQLField, depth: int, owner: str) -> str:
        arguments = self._arguments(field.args)
        if arguments is None:
            return ""
        alias = f"{self._dice.choice('xyz')}{owner}: " if self._dice.random() < 0.2 else ""
        head = f"{alias}{name}{arguments}{self._condition()}"
        target = get_named_type(field.type)
        if is_leaf_type(target):
            return head
        below = self._selections(target, depth - 1) if depth else ""
        return f"{head} {{ {below} }}" if below else ""

    def _arguments(self, declared: dict[str, GraphQLArgument]) -> str | None:
        """The required ones; `None` where one has no value that we know."""
        parts: list[str] = []
        for name, argument in declared.items():
            if is_non_null_type(argument.type) and argument.default_value is Undefined:
                value = _VALUES.get(get_named_type(argument.type).name)
                if value is None:
                    return None
                parts.append(f"{name}: {value}")
        return f"({', '.join(parts)})" if parts else ""

    def _condition(self) -> str:
        if self._dice.random() > 0.15:
            return ""
        name = f"v{self._dice.randint(0, 2)}"
        self._variables.add(name)
        return f" @{self._dice.choice(['skip', 'include'])}(if: ${name})"
