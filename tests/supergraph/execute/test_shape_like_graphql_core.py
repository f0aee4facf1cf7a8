"""One subgraph that owns everything: our answer must be the one that graphql-core gives."""

from __future__ import annotations

import random
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supergraph.query_plan.nodes import Fetch
from tests.supergraph.execute.memory import Body, MemoryTransport, run_plan

SCALARS = ["Int", "Float", "String", "Boolean", "ID", "Colour", "Anything"]
OBJECTS = ["A", "B", "C"]
ABSTRACT = ["Thing", "Either"]


class World:
    """A random schema, a random operation on it, and data that is a function of the path."""

    def __init__(self, seed: int, *, trouble: float) -> None:
        self.seed = seed
        self.trouble = trouble
        draw = random.Random(seed)  # noqa: S311 - nothing secret
        self.fields = {
            name: {f"{name.lower()}{i}": self._type(draw) for i in range(draw.randint(1, 4))}
            for name in ["Query", *OBJECTS]
        }
        self.shared = {f"shared{i}": self._type(draw) for i in range(2)}
        self.query = self._operation(draw)

    def _type(self, draw: random.Random) -> str:
        name = draw.choice([draw.choice(SCALARS), *OBJECTS, *ABSTRACT])
        for _ in range(draw.choice([0, 0, 1, 1, 2])):
            name += draw.choice(["", "!"])
            name = f"[{name}]"
        return name + draw.choice(["", "!"])

    def sdl(self, *, strict: bool) -> str:
        """The schema; where it is not strict, every output may be null."""
        lines = ["scalar Anything", "enum Colour { RED GREEN }", "union Either = A | B"]
        lines.append(self._block("interface Thing", self.shared, strict=strict))
        for name, fields in self.fields.items():
            if name == "Query":
                lines.append(self._block("type Query", fields, strict=strict))
            else:
                head = f"type {name} implements Thing"
                lines.append(self._block(head, fields | self.shared, strict=strict))
        return "\n".join(lines)

    def _block(self, head: str, fields: dict[str, str], *, strict: bool) -> str:
        body = "\n".join(f"  {name}: {type_}" for name, type_ in fields.items())
        return f"{head} {{\n{body if strict else body.replace('!', '')}\n}}"

    def _operation(self, draw: random.Random) -> str:
        self.fragments: list[str] = []
        text = self._selection(draw, "Query", 4)
        used = "y: __typename @include(if: $yes) n: __typename @skip(if: $no) "
        head = "query Q($yes: Boolean!, $no: Boolean!) { " + used
        return f"{head}{text.removeprefix('{ ')}\n" + "\n".join(self.fragments)

    def _selection(self, draw: random.Random, parent: str, depth: int) -> str:
        fields = self._selectable(parent)
        parts = [
            self._field(draw, name, type_, depth)
            for name, type_ in fields.items()
            if draw.random() < 0.7
        ]
        if parent in {"Thing", "Either"}:
            parts += [
                f"... on {member} {self._selection(draw, member, depth - 1)}"
                for member in draw.sample(OBJECTS[:2], draw.randint(0, 2))
            ]
        if draw.random() < 0.2 and parent != "Query":
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            body = self._selection(draw, parent, depth - 1)
            self.fragments[int(name[1:])] = f"fragment {name} on {parent} {body}"
            parts.append(f"...{name}")
        draw.shuffle(parts)
        return "{ " + " ".join([*parts, draw.choice(["__typename", "t: __typename"])]) + " }"

    def _selectable(self, parent: str) -> dict[str, str]:
        if parent == "Thing":
            return self.shared
        if parent == "Either":
            return {}
        return self.fields[parent] | (self.shared if parent != "Query" else {})

    def _field(self, draw: random.Random, name: str, type_: str, depth: int) -> str:
        named = type_.strip("[]!")
        alias = f"{name}_x: " if draw.random() < 0.2 else ""
        condition = draw.choice(
            [""] * 6
            + [" @skip(if: $no)", " @include(if: $yes)", " @skip(if: $yes)", " @skip(if: true)"]
        )
        if named in SCALARS:
            return f"{alias}{name}{condition}"
        if depth <= 0:
            return "__typename"
        return f"{alias}{name}{condition} {self._selection(draw, named, depth - 1)}"

    def resolve(self, _source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        """The value of a field: a pure function of seed, path and type."""
        draw = random.Random(f"{self.seed} {info.path.as_list()}")  # noqa: S311 - nothing secret
        return self._value(draw, info.return_type, info.schema)

    def _value(self, draw: random.Random, type_: Any, schema: GraphQLSchema) -> Any:
        type_ = get_nullable_type(type_)
        if draw.random() < self.trouble:
            return draw.choice([None, GraphQLError("boom"), ValueError("bang")])
        if is_list_type(type_):
            return [self._value(draw, type_.of_type, schema) for _ in range(draw.randint(0, 3))]
        if is_abstract_type(type_):
            return {"__typename": draw.choice(OBJECTS[: 3 if type_.name == "Thing" else 2])}
        return {
            "Int": draw.randint(-5, 5),
            "Float": draw.random(),
            "String": draw.choice(["", "text", "é"]),
            "Boolean": draw.random() < 0.5,
            "ID": draw.choice(["1", "x"]),
            "Colour": draw.choice(["RED", "GREEN"]),
            "Anything": draw.choice([{"deep": [1, None]}, [], "any", 3]),
        }.get(get_named_type(type_).name, {})


def below_first_null(path: list[Any], data: Any) -> tuple[Any, ...]:
    """A path, cut at the first null of the answer: all errors below one null count as one."""
    for depth, part in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[part]
    return tuple(path)


async def compare(world: World, *, strict_subgraph: bool) -> None:
    schema = build_schema(world.sdl(strict=True))
    variables = {"yes": True, "no": False}
    document = parse(world.query)
    assert not validate(schema, document)
    executed = execute_sync(
        schema, document, variable_values=variables, field_resolver=world.resolve
    )
    monolith: dict[str, Any] = {**executed.formatted}
    subgraph_schema = build_schema(world.sdl(strict=strict_subgraph))

    def subgraph(body: Body) -> Body:
        result = execute_sync(
            subgraph_schema,
            parse(body["query"]),
            variable_values=body.get("variables"),
            field_resolver=world.resolve,
        )
        return dict(result.formatted)

    # What the planner adds: the runtime type at every position.
    fetch = Fetch(
        0, "all", "query", world.query.replace(" }", " __typename }"), None, ("yes", "no")
    )
    ours = await run_plan(fetch, world.query, MemoryTransport({"all": subgraph}), schema, variables)

    assert ours.data == monolith["data"]
    assert str(ours.data) == str(monolith["data"])  # the order of keys too
    theirs = [error["path"] for error in monolith.get("errors", [])]
    our_paths = [list(error.path) for error in ours.errors]
    assert {below_first_null(path, ours.data) for path in our_paths} == {
        below_first_null(path, ours.data) for path in theirs
    }
    assert all(path in theirs for path in our_paths)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), trouble=st.sampled_from([0.0, 0.05, 0.15]))
async def test_nulls_bubble_and_errors_stand_as_in_graphql_core(seed: int, trouble: float) -> None:
    await compare(World(seed, trouble=trouble), strict_subgraph=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), trouble=st.sampled_from([0.05, 0.15]))
async def test_a_subgraph_that_bubbled_itself_changes_nothing(seed: int, trouble: float) -> None:
    await compare(World(seed, trouble=trouble), strict_subgraph=True)
