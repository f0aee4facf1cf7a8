"""A world in three subgraphs, and the one server that owns all of it.

Fields that may not be null stand beside none that another subgraph requires: such a null bubbles
inside the subgraph's own answer and takes the required value with it, which no router can undo.

Every field of an entity is a pure function of seed, type, id and arguments, troubled by nulls and
errors, so that the one server and the subgraphs cannot disagree but through the router.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

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
    parse,
    print_schema,
    validate,
)

from supergraph.compose import SubgraphSource, compose
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from supergraph.query_graph.build import build_query_graph
from tests.supergraph.execute.memory import Body, Subgraph

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@requires"])
"""
SDLS = {
    "users": """
      type Query { users: [User!] me: User! user: User feed: [Item] }
      type Subscription { joined: User met: User! happened: Item crowd: [User!] }
      union Item = User | Ad
      type Ad { title: String! sponsor: User }
      type User @key(fields: "id") { id: ID! name: String age: Int best: User address: Address }
      type Address @shareable { city: String zip: Int }
    """,
    "tweets": """
      type Query { tweets: [Tweet] tweet: Tweet! }
      type Subscription { posted: Tweet replied: Tweet! shown: Media thread(first: Int): [Tweet] }
      type User @key(fields: "id") { id: ID! tweets(first: Int = 2): [Tweet!]! pinned: Tweet }
      type Tweet @key(fields: "id") { id: ID! text: String! author: User media: [Media] }
      union Media = Photo | Clip
      type Photo { url: String! owner: User }
      type Clip { seconds: Float by: User! }
    """,
    "stats": """
      type Subscription { ranked: User liked: [Tweet!]! }
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
    """Values of fields; `representation` fields stand for what the field requires.

    Attributes:
        gone: `(type, id)` of the entities that no subgraph finds any more.
    """

    def __init__(self, seed: int, trouble: float) -> None:
        self.seed = seed
        self.trouble = trouble
        self.gone: frozenset[tuple[str, str]] = frozenset()

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Resolve any field, in a subgraph or in the one server."""
        name, parent = info.field_name, info.parent_type.name
        if name == "_entities":
            return [self._entity(each) for each in arguments["representations"]]
        if name == "id":
            return source["id"]
        if name in {"rank", "zone"}:
            return self.required(source, name)
        identity = (source or {}).get("id", "")
        draw = self._draw(parent, identity, name, arguments)
        return self._value(draw, info.return_type, info.schema, f"{parent} {identity} {name}")

    def _entity(self, representation: Any) -> Any:
        gone = (representation["__typename"], representation["id"]) in self.gone
        return None if gone else dict(representation)

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


def below_first_null(path: Iterable[Any], data: Any) -> tuple[Any, ...]:
    """A path as far as there is anything."""
    path = list(path)
    for depth, part in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[part]
    return tuple(path)


def subgraph(name: str, universe: Universe) -> Subgraph:
    """A subgraph that answers out of the universe, and takes nothing but what is valid for it."""

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
