"""Streams filled by two more subgraphs, against one server that owns everything.

Each frame has faults of its own: none, a subgraph that does not answer, or entities that are gone.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import pytest
from graphql import (
    ExecutionResult as CoreResult,
)
from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    parse,
    print_schema,
    validate,
)
from graphql import subscribe as core_subscribe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supergraph.execute import ExecutionContext, ExecutionResult, subscribe
from supergraph.execute.json_values import is_list, is_object
from supergraph.execute.transport import SubgraphTimeout, SubgraphUnreachable
from supergraph.model.operation import Operation, read_operation
from supergraph.plan import plan
from supergraph.query_plan.nodes import QueryPlan, Subscription
from supergraph.query_plan.printer import print_plan
from tests.supergraph.execute.federated import (
    API,
    GRAPH,
    ONE_SERVER,
    SCHEMAS,
    SDLS,
    SUPERGRAPH,
    Universe,
    below_first_null,
    subgraph,
)
from tests.supergraph.execute.memory import Answer, Body, MemoryTransport
from tests.supergraph.execute.operations import Operations

FRAMES = 4
ENTITIES = {"User", "Tweet"}
REQUIRING = {"rank", "zone"}
NO_ANSWER: list[Answer] = [
    SubgraphUnreachable(),
    SubgraphTimeout(),
    b"garbage",
    {"errors": [{"message": "no"}]},
    {"data": None, "errors": [{"message": "no", "path": ["_entities"]}]},
]
# Where nothing bubbles, everything that was asked is visited.
ALL_NULLABLE = build_schema(print_schema(API).replace("!", ""))


@dataclass(frozen=True)
class Faults:
    """What is wrong while one frame is filled.

    Attributes:
        down: the subgraph that does not answer, and what comes instead.
        gone: `(type, id)` of entities that no longer exist.
    """

    down: tuple[str, Answer] | None = None
    gone: frozenset[tuple[str, str]] = frozenset()


def faults_of(seed: int, source: str) -> list[Faults]:
    """Of each frame; the subscription's own subgraph lives, or there would be no frame."""
    draw = random.Random(seed)  # noqa: S311 - nothing secret
    others = sorted(SDLS.keys() - {source})
    entities = [(name, number) for name in sorted(ENTITIES) for number in "123"]
    kinds = [
        Faults,
        lambda: Faults(down=(draw.choice(others), draw.choice(NO_ANSWER))),
        lambda: Faults(gone=frozenset(draw.sample(entities, draw.randint(1, 3)))),
    ]
    return [draw.choice(kinds)() for _ in range(FRAMES)]


def owners() -> dict[tuple[str, str], str]:
    """`owners[type, field]`: the one subgraph that can answer it; keys and values have no such."""
    return {
        (type_name, field_name): name
        for name, schema in SCHEMAS.items()
        for type_name, type_ in schema.type_map.items()
        if type_name in {"User", "Tweet", "Subscription"}
        for field_name, field in getattr(type_, "fields", {}).items()
        if field_name != "id"
        and not any(node.name.value == "external" for node in field.ast_node.directives or ())
    }


OWNERS = owners()


class Whole(Universe):
    """The one server, that knows where a field would be answered, and whether it can be.

    Attributes:
        is_gone: whether the frame named an entity that is gone, and more of it was asked than
            its own subgraph told.
        names_gone: whether it named such an entity at all.
    """

    def __init__(self, seed: int, trouble: float, source: str) -> None:
        super().__init__(seed, trouble)
        self.faults = Faults()
        self.is_gone = self.names_gone = False
        self._source = source

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """Resolve any field, if its subgraph lives and finds the entity."""
        parent, name = info.parent_type.name, info.field_name
        home: str = source.get("home", "")
        owner = OWNERS.get((parent, name), home)
        is_other = owner != home or name in REQUIRING
        if parent in ENTITIES and source["named"] and self._is_gone(source):
            self.names_gone = True
        if name in REQUIRING and home == "users":
            super().resolve(source, info, **arguments)  # an input that failed: nobody is asked
        if parent in ENTITIES and is_other and self._is_lost(source, owner, name):
            return None
        is_named = parent == "Subscription" or (source["named"] and owner == self._source)
        return _marked(super().resolve(source, info, **arguments), owner, is_named)

    def _is_lost(self, entity: Any, owner: str, name: str) -> bool:
        """Whether the owner finds nothing.

        Raises:
            GraphQLError: it does not answer, or whoever has what it requires.
        """
        asked = {owner} | ({"users"} - {entity["home"]} if name in REQUIRING else set())
        if self.faults.down and self.faults.down[0] in asked:
            raise GraphQLError("down")
        is_lost = self._is_gone(entity)
        self.is_gone = self.is_gone or (is_lost and entity["named"])
        return is_lost

    def _is_gone(self, entity: Any) -> bool:
        return (entity["__typename"], entity["id"]) in self.faults.gone


def _marked(value: Any, home: str, is_named: bool) -> Any:
    """Objects with the subgraph that told of them, and whether that was in the frame."""
    if is_list(value):
        return [_marked(item, home, is_named) for item in value]
    return {**value, "home": home, "named": is_named} if is_object(value) else value


@dataclass
class Frame:
    """What the one server makes of one frame."""

    data: Any
    errors: set[tuple[Any, ...]]
    is_gone: bool
    names_gone: bool


async def core_stream(
    schema: GraphQLSchema,
    text: str,
    variables: dict[str, bool] | None,
    universe: Universe,
    events: Callable[..., AsyncGenerator[Body, None]],
) -> AsyncGenerator[CoreResult, None]:
    """The frames that graphql-core makes of a stream of events."""
    results = core_subscribe(
        schema,
        parse(text),
        variable_values=variables,
        field_resolver=universe.resolve,
        subscribe_field_resolver=events,
    )
    results = await results if isawaitable(results) else results
    assert not isinstance(results, CoreResult), results
    async for result in results:
        yield result


async def frames_of(schema: GraphQLSchema, whole: Whole, asked: Asked) -> list[Frame]:
    async def events(*_: Any, **__: Any) -> AsyncGenerator[Body, None]:
        for number, faults in enumerate(asked.faults):
            whole.faults = faults
            whole.is_gone = whole.names_gone = False
            yield {"id": f"frame {number}"}

    found: list[Frame] = []
    async for result in core_stream(schema, asked.text, asked.variables, whole, events):
        places = {below_first_null(error.path or [], result.data) for error in result.errors or ()}
        found.append(Frame(result.data, places, whole.is_gone, whole.names_gone))
    return found


@dataclass
class Asked:
    """A subscription, its plan, and what goes wrong."""

    text: str
    variables: dict[str, bool]
    operation: Operation
    plan: QueryPlan
    source: str
    faults: list[Faults]


def ask(operations: Operations, seed: int) -> Asked:
    text = operations.subscription()
    document = parse(text)
    assert not validate(API, document), text
    operation = read_operation(document)
    steps = plan(operation, GRAPH, SUPERGRAPH)
    assert isinstance(steps.root, Subscription)
    source = steps.root.primary.subgraph
    return Asked(text, operations.variables, operation, steps, source, faults_of(seed, source))


class Streamed:
    """The subgraphs; whatever goes wrong changes with each frame."""

    def __init__(self, universe: Universe, asked: Asked) -> None:
        self.number = -1
        self._asked = asked
        self._universe = universe
        self.transport = MemoryTransport(
            {name: self._subgraph(name) for name in SDLS}, {asked.source: self._stream}
        )

    def _subgraph(self, name: str) -> Any:
        living = subgraph(name, self._universe)

        def answer(body: Body) -> Answer:
            down = self._asked.faults[self.number].down
            return down[1] if down and down[0] == name else living(body)

        return answer

    async def _events(self, *_: Any, **__: Any) -> AsyncGenerator[Body, None]:
        for number, faults in enumerate(self._asked.faults):
            self.number, self._universe.gone = number, faults.gone
            yield {"id": f"frame {number}"}

    async def _stream(self, body: Body) -> AsyncGenerator[Body | bytes | Exception, None]:
        schema = SCHEMAS[self._asked.source]
        assert not validate(schema, parse(body["query"])), body["query"]
        variables = body.get("variables")
        async for result in core_stream(
            schema, body["query"], variables, self._universe, self._events
        ):
            yield dict(result.formatted)

    async def results(self) -> dict[int, ExecutionResult]:
        """What clients see, by the number of the frame."""
        context = ExecutionContext(SUPERGRAPH, API, self.transport, variables=self._asked.variables)
        results = await subscribe(self._asked.plan, self._asked.operation, context)
        assert not isinstance(results, ExecutionResult), results
        found: dict[int, ExecutionResult] = {}
        async for result in results:
            assert self.number not in found
            found[self.number] = result
        return found


async def compare(seed: int, trouble: float, operations: Operations) -> None:
    asked = ask(operations, seed)
    ours = await Streamed(Universe(seed, trouble), asked).results()
    strict = await frames_of(ONE_SERVER, Whole(seed, trouble, asked.source), asked)
    visited = await frames_of(ALL_NULLABLE, Whole(seed, trouble, asked.source), asked)
    assert len(strict) == FRAMES
    for number, (one, every) in enumerate(zip(strict, visited, strict=True)):
        told = f"{asked.text}\n{print_plan(asked.plan)}\n{asked.faults[number]}\n{one}"
        if number in ours:
            # Where a null bubbled, one server and many may have come less far.
            assert not every.is_gone or one.data != every.data, told
            compare_frame(ours[number], one, asked.faults[number], asked.text, told)
        else:
            assert every.is_gone or (every.names_gone and "$" in asked.text), told


def compare_frame(ours: ExecutionResult, one: Frame, faults: Faults, query: str, told: str) -> None:
    told = f"{told}\n{ours.to_json()}"
    assert str(ours.data) == str(one.data), told
    places = {below_first_null(error.path, ours.data) for error in ours.errors}
    if faults.down is None:
        assert places == one.errors, told
        return
    # Of a subgraph that does not answer, all that was asked of an entity fails at once.
    told_of = [path for place in places for path in one.errors if path[: len(place)] == place]
    assert set(told_of) == one.errors, told
    # What a field requires is asked for even if a variable leaves the field out.
    for place in places if "$" not in query else ():
        assert any(path[: len(place)] == place for path in one.errors), told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    operation=st.integers(0, 10**6),
    trouble=st.sampled_from([0.0, 0.05, 0.2]),
)
async def test_each_frame_is_what_one_server_makes_of_it(
    seed: int, operation: int, trouble: float
) -> None:
    await compare(seed, trouble, Operations(operation, API))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    operation=st.integers(0, 10**6),
    trouble=st.sampled_from([0.0, 0.02, 0.05, 0.2]),
)
async def test_each_frame_is_what_one_server_makes_of_it_at_length(
    seed: int, operation: int, trouble: float
) -> None:
    await compare(seed, trouble, Operations(operation, API))
