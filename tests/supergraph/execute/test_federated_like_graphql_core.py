"""Three subgraphs against one server that owns everything: same data, same places of errors.

Fields that may not be null stand beside none that another subgraph requires: such a null bubbles
inside the subgraph's own answer and takes the required value with it, which no router can undo.

Every field of an entity is a pure function of seed, type, id and arguments, troubled by nulls and
errors, so that the one server and the subgraphs cannot disagree but through the router.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_wrapping_type,
    parse,
    print_schema,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supergraph.compose import SubgraphSource, compose
from supergraph.execute import ExecutionContext, execute
from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import build_query_graph
from supergraph.query_plan.printer import print_plan
from tests.supergraph.execute.memory import Body, MemoryTransport

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@requires"])
"""
SDLS = {
    "users": """
      type Query { users: [User!] me: User! user: User feed: [Item] }
      union Item = User | Ad
      type Ad { title: String! sponsor: User }
      type User @key(fields: "id") { id: ID! name: String age: Int best: User address: Address }
      type Address @shareable { city: String zip: Int }
    """,
    "tweets": """
      type Query { tweets: [Tweet] tweet: Tweet! }
      type User @key(fields: "id") { id: ID! tweets(first: Int = 2): [Tweet!]! pinned: Tweet }
      type Tweet @key(fields: "id") { id: ID! text: String! author: User media: [Media] }
      union Media = Photo | Clip
      type Photo { url: String! owner: User }
      type Clip { seconds: Float by: User! }
    """,
    "stats": """
      type User @key(fields: "id") {
        id: ID! age: Int @external address: Address @external
        rank: Int @requires(fields: "age") score: Float!
        zone: String @requires(fields: "address { zip }")
      }
      type Address { zip: Int @external }
      type Tweet @key(fields: "id") { id: ID! likes: Int! likers: [User!] }
    """,
}
MACHINERY = """
scalar _Any
union _Entity = User | Tweet
extend type Query { _entities(representations: [_Any!]!): [_Entity]! }
"""


class Universe:
    """Values of fields; `representation` fields stand for what the field requires."""

    def __init__(self, seed: int, trouble: float) -> None:
        self.seed = seed
        self.trouble = trouble

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Resolve any field, in a subgraph or in the one server."""
        name, parent = info.field_name, info.parent_type.name
        if name == "_entities":
            return [dict(each) for each in arguments["representations"]]
        if name == "id":
            return source["id"]
        if name in {"rank", "zone"}:
            return self.required(source, name)
        identity = (source or {}).get("id", "")
        draw = self._draw(parent, identity, name, arguments)
        return self._value(draw, info.return_type, info.schema, f"{parent} {identity} {name}")

    def required(self, user: Any, name: str) -> Any:
        """A field with inputs tells them; an input that failed fails it."""
        if name == "rank":
            age = user["age"] if "age" in user else self._age(user["id"])
            if isinstance(age, Exception):
                raise age
            return age and age + 100
        if "address" in user:
            address = user["address"]
            return f"zip {address and address['zip']}"
        return self._zone(user["id"])

    def _age(self, user: str) -> Any:
        return self._scalar(self._draw("User", user, "age", {}), "Int")

    def _zone(self, user: str) -> Any:
        draw = self._draw("User", user, "address", {})
        if draw.random() < self.trouble:
            outcome = draw.choice([None, GraphQLError("boom")])
            if outcome is not None:
                raise outcome
            return "zip None"
        value = self._scalar(self._draw("Address", f"User {user} address", "zip", {}), "Int")
        if isinstance(value, Exception):
            raise value
        return f"zip {value}"

    def _draw(self, *parts: Any) -> random.Random:
        return random.Random(f"{self.seed} {parts}")  # noqa: S311 - nothing secret

    def _value(self, draw: random.Random, type_: Any, schema: GraphQLSchema, where: str) -> Any:
        type_ = get_nullable_type(type_)
        if is_leaf_type(type_):
            return self._scalar(draw, type_.name)
        if draw.random() < self.trouble:
            return draw.choice([None, GraphQLError("boom")])
        if is_list_type(type_):
            each = range(draw.randint(0, 2))
            return [self._value(draw, type_.of_type, schema, f"{where} {i}") for i in each]
        name = type_.name
        if is_abstract_type(type_):
            name = draw.choice(sorted(each.name for each in schema.get_possible_types(type_)))
        known = name in {"User", "Tweet"}
        return {"__typename": name, "id": draw.choice("123") if known else where}

    def _scalar(self, draw: random.Random, name: str) -> Any:
        if draw.random() < self.trouble:
            return draw.choice([None, GraphQLError("boom")])
        return {"Int": draw.randint(0, 9), "Float": 0.5, "String": draw.choice("xyz")}[name]


class Operations:
    """Random operations on the API schema."""

    def __init__(self, seed: int, schema: GraphQLSchema) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - nothing secret
        self._dense = self._draw.choice([0.15, 0.3, 0.5])
        self._schema = schema

    def text(self) -> str:
        assert self._schema.query_type
        return self._selection(self._schema.query_type, self._draw.randint(1, 3))

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
        return f"{{ {' '.join(kept) or '__typename'} }}"

    def _field(self, name: str, field: Any, depth: int) -> str:
        named = field.type
        while is_wrapping_type(named):
            named = named.of_type
        # One type's field never shares a key with another type's, nor with other arguments.
        first = self._draw.choice(["", "(first: 1)", "(first: 3)"]) if field.args else ""
        alias = self._draw.choice(["", f"{name}_x: "]) + (f"{name}{first[8:9]}: " if first else "")
        alias = alias if alias.count(":") < 2 else f"{name}{first[8:9]}: "
        if not (is_object_type(named) or is_abstract_type(named)):
            return f"{alias}{name}{first}"
        return f"{alias}{name}{first} {self._selection(named, depth - 1)}" if depth else ""


def subgraph_schema(sdl: str) -> GraphQLSchema:
    if "Query" not in sdl:
        sdl += " type Query"
    machinery = MACHINERY if "type Tweet" in sdl else MACHINERY.replace(" | Tweet", "")
    return build_schema(sdl + machinery, assume_valid_sdl=True)


COMPOSITION = compose(
    [SubgraphSource(name, f"http://{name}", LINK + sdl) for name, sdl in SDLS.items()]
)
assert COMPOSITION.supergraph is not None, COMPOSITION.errors
SUPERGRAPH = read_supergraph(COMPOSITION.supergraph)
API = api_schema(SUPERGRAPH)
ONE_SERVER = build_schema(print_schema(API))
GRAPH = build_query_graph(SUPERGRAPH)
SCHEMAS = {name: subgraph_schema(sdl) for name, sdl in SDLS.items()}


def below_first_null(path: list[Any], data: Any) -> tuple[Any, ...]:
    for depth, part in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[part]
    return tuple(path)


async def compare(universe: Universe, query: str) -> None:
    document = parse(query)
    assert not validate(API, document), query
    one = execute_sync(ONE_SERVER, document, field_resolver=universe.resolve).formatted

    def subgraph(name: str) -> Any:
        def answer(body: Body) -> Body:
            document = parse(body["query"])
            assert not validate(SCHEMAS[name], document), body["query"]
            result = execute_sync(
                SCHEMAS[name],
                document,
                variable_values=body.get("variables"),
                field_resolver=universe.resolve,
            )
            return dict(result.formatted)

        return answer

    operation = read_operation(document)
    steps = plan(operation, GRAPH, SUPERGRAPH)
    transport = MemoryTransport({name: subgraph(name) for name in SDLS})
    ours = await execute(steps, operation, ExecutionContext(SUPERGRAPH, API, transport))
    told = f"{query}\n{print_plan(steps)}"
    assert ours.data == one.get("data"), f"{told}\n{ours.to_json()}\n{one}"
    assert str(ours.data) == str(one.get("data")), told
    errors = one.get("errors", [])
    theirs = {below_first_null(error.get("path") or [], ours.data) for error in errors}
    places = {below_first_null(list(error.path), ours.data) for error in ours.errors}
    assert places == theirs, f"{told}\n{places ^ theirs}\n{ours.to_json()}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    operation=st.integers(0, 10**6),
    trouble=st.sampled_from([0.0, 0.05, 0.2]),
)
async def test_three_subgraphs_answer_as_one_server(
    seed: int, operation: int, trouble: float
) -> None:
    await compare(Universe(seed, trouble), Operations(operation, API).text())


@pytest.mark.soak
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    operation=st.integers(0, 10**6),
    trouble=st.sampled_from([0.0, 0.02, 0.05, 0.2]),
)
async def test_three_subgraphs_answer_as_one_server_at_length(
    seed: int, operation: int, trouble: float
) -> None:
    await compare(Universe(seed, trouble), Operations(operation, API).text())
