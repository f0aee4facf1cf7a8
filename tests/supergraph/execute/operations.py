"""Random operations: aliases, arguments, fragments of both kinds, conditions."""

from __future__ import annotations

import random
from typing import Any

from graphql import (
    GraphQLSchema,
    is_abstract_type,
    is_object_type,
    is_wrapping_type,
)


class Operations:
    """Draws one operation.

    Attributes:
        variables: values of the variables that the operation uses.
    """

    def __init__(self, seed: int, schema: GraphQLSchema) -> None:
        self.variables: dict[str, bool] = {}
        self._draw = random.Random(seed)  # noqa: S311 - nothing secret
        self._dense = self._draw.choice([0.15, 0.3, 0.5])
        self._fragments: dict[str, str] = {}
        self._schema = schema

    def query(self) -> str:
        """A query of any root fields."""
        assert self._schema.query_type
        return self._whole("query", self._selection(self._schema.query_type, self._depth()))

    def subscription(self) -> str:
        """A subscription to one root field, alone or in a fragment."""
        root = self._schema.subscription_type
        assert root
        name = self._draw.choice(sorted(root.fields))
        field = self._field(name, root.fields[name], self._depth(), is_root=True)
        return self._whole("subscription", f"{{ {self._wrapped([field], root.name)} }}")

    def _depth(self) -> int:
        return self._draw.randint(1, 3)

    def _whole(self, kind: str, selection: str) -> str:
        """The operation with as many fragments and variables as are left of those drawn."""
        text = selection
        for name, fragment in reversed(self._fragments.items()):
            text += f"\n{fragment}" if f"...{name}" in text else ""
        self.variables = {v: value for v, value in self.variables.items() if f"${v}" in text}
        declared = ", ".join(f"${name}: Boolean!" for name in self.variables)
        return f"{kind}({declared}) {text}" if declared else f"{kind} {text}"

    def _selection(self, type_: Any, depth: int) -> str:
        if is_abstract_type(type_):
            members = [
                f"... on {each.name} {self._selection(each, depth)}"
                for each in self._schema.get_possible_types(type_)
                if self._draw.random() < 0.8
            ]
            return f"{{ __typename {' '.join(members)} }}"
        parts = [self._field(name, field, depth) for name, field in type_.fields.items()]
        kept = [part for part in parts if part and self._draw.random() < self._dense]
        self._draw.shuffle(kept)
        at = self._draw.randint(0, len(kept))
        rest = self._wrapped(kept[at:], type_.name)
        return f"{{ {' '.join(kept[:at])} {rest or '__typename'} }}"

    def _wrapped(self, parts: list[str], type_name: str) -> str:
        """Some fields of one type as they are, or in a fragment."""
        body, how = " ".join(parts), self._draw.random()
        if not parts or how < 0.6:
            return body
        if how < 0.8:
            condition = self._condition() if type_name != "Subscription" else ""
            return f"... {self._draw.choice(['', f'on {type_name}'])}{condition} {{ {body} }}"
        name = f"F{len(self._fragments)}_"
        self._fragments[name] = f"fragment {name} on {type_name} {{ {body} }}"
        return f"...{name}"

    def _condition(self) -> str:
        if self._draw.random() < 0.8:
            return ""
        value = self._draw.choice(["true", "false", "$v0", "$v1"])
        if value.startswith("$"):
            self.variables.setdefault(value[1:], self._draw.random() < 0.5)
        return f" @{self._draw.choice(['skip', 'include'])}(if: {value})"

    def _field(self, name: str, field: Any, depth: int, *, is_root: bool = False) -> str:
        named = field.type
        while is_wrapping_type(named):
            named = named.of_type
        # One type's field never shares a key with another type's, nor with other arguments.
        first = self._draw.choice(["", "(first: 1)", "(first: 3)"]) if field.args else ""
        alias = self._draw.choice(["", f"{name}_x: "]) + (f"{name}{first[8:9]}: " if first else "")
        alias = alias if alias.count(":") < 2 else f"{name}{first[8:9]}: "
        head = f"{alias}{name}{first}{'' if is_root else self._condition()}"
        if not (is_object_type(named) or is_abstract_type(named)):
            return head
        return f"{head} {self._selection(named, depth - 1)}" if depth else ""
