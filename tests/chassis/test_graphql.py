"""What every subgraph's schema is made with, over a schema of no service."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
import strawberry.types
import structlog

from chassis.graphql import FEDERATION, Faults, SubgraphSchema, extensions, name_trace


class ShelfError(Exception):
    """Something went wrong with a shelf."""


class NoSuchShelf(ShelfError):
    """There is no such shelf."""

    def __init__(self, field: tuple[str, ...] | None = None) -> None:
        super().__init__("There is no such shelf.")
        self.field = field


class OddShelf(NoSuchShelf):
    """There is no such shelf, and there cannot be."""


class FloodedShelf(ShelfError):
    """A fault of the service's own that nobody gave a code."""


class Elsewhere(Exception):
    """An address that is none of the client's business."""

    field = ("address",)


class Unforeseen(Exception):
    """Has a field, too, but nothing that is for clients."""

    field = ("secret",)


RAISED: dict[str, Exception] = {
    "missing": NoSuchShelf(("input", "shelf")),
    "missing somewhere": NoSuchShelf(),
    "odd": OddShelf(("shelf",)),
    "flooded": FloodedShelf("The shelf is flooded."),
    "away": Elsewhere("10.0.0.7 does not answer"),
    "unforeseen": Unforeseen("password is secret"),
}
FAULTS = Faults(
    told=ShelfError,
    codes={OddShelf: "BAD_INPUT", NoSuchShelf: "NOT_FOUND", Elsewhere: "UNAVAILABLE"},
    messages={"UNAVAILABLE": "Shelves cannot be reached at the moment."},
)


@strawberry.type
class Query:
    @strawberry.field
    def shelf(self, name: str) -> str:
        raise RAISED[name]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def shelves(self, name: str) -> AsyncGenerator[str, None]:
        name_trace("00-of-the-first-01")
        yield "first"
        name_trace(None)
        yield "second"
        raise RAISED[name]


SCHEMA = SubgraphSchema(
    query=Query,
    subscription=Subscription,
    extensions=extensions(FAULTS),
    federation_version=FEDERATION,
)


async def told(name: str) -> dict[str, Any]:
    result = await SCHEMA.execute("query ($n: String!) { shelf(name: $n) }", {"n": name})
    assert result.errors is not None
    (error,) = result.errors
    return {"path": error.path, "message": error.message, **(error.extensions or {})}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing", {"message": "There is no such shelf.", "code": "NOT_FOUND"}),
        ("missing somewhere", {"message": "There is no such shelf.", "code": "NOT_FOUND"}),
        ("odd", {"message": "There is no such shelf.", "code": "BAD_INPUT"}),
        ("flooded", {"message": "The shelf is flooded.", "code": "INTERNAL"}),
        ("away", {"message": "Shelves cannot be reached at the moment.", "code": "UNAVAILABLE"}),
        ("unforeseen", {"message": "Something went wrong here.", "code": "INTERNAL"}),
    ],
)
async def test_each_error_has_its_code_and_says_no_more_than_it_should(
    name: str, expected: dict[str, str]
):
    argument = {"missing": {"argument": "input"}, "odd": {"argument": "shelf"}}.get(name, {})
    assert await told(name) == {"path": ["shelf"], **expected, **argument}


@pytest.mark.parametrize(("name", "logged"), [("unforeseen", 1), ("flooded", 1), ("missing", 0)])
async def test_only_what_nobody_foresaw_is_logged(name: str, logged: int):
    with structlog.testing.capture_logs() as lines:
        await told(name)
    assert [line["event"] for line in lines] == ["resolver_failed"] * logged


async def test_a_query_that_is_not_valid_keeps_its_message():
    result = await SCHEMA.execute("{ shelf(name: 3) }")
    assert result.errors is not None
    assert "String cannot represent a non string value: 3" in result.errors[0].message
    assert not result.errors[0].extensions


async def test_a_frame_names_the_trace_of_its_change_and_an_answer_names_none():
    frames = await SCHEMA.subscribe('subscription { shelves(name: "away") }')
    assert not isinstance(frames, strawberry.types.ExecutionResult)
    first, second, broken = [frame async for frame in frames]
    assert first.extensions == {"traceparent": "00-of-the-first-01"}
    assert second.extensions == {}
    assert broken.errors is not None
    assert broken.errors[0].extensions == {"code": "UNAVAILABLE"}
    assert (await SCHEMA.execute("{ __typename }")).extensions == {}
