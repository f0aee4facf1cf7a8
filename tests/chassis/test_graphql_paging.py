"""Where a page stands in its list, and what connections and lists declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry

from chassis.graphql import (
    DEFAULT_PAGE,
    FEDERATION,
    Faults,
    PageInfo,
    SubgraphSchema,
    assumed_size,
    extensions,
    page_info,
    paged,
)


@dataclass(frozen=True)
class Book:
    position: int


@dataclass(frozen=True)
class Page:
    items: Sequence[Book]
    has_next: bool = False
    has_previous: bool = True


@strawberry.type
class Query:
    @strawberry.federation.field(directives=[paged()])
    def books(self, first: int = DEFAULT_PAGE) -> PageInfo:
        return page_info(Page([Book(first), Book(4), Book(5)]), lambda place: f"c{place}")

    @strawberry.federation.field(directives=[paged(7, sized_by=("first", "last"))])
    def both_ways(self) -> PageInfo:
        return page_info(Page([], has_next=True, has_previous=False), str)

    @strawberry.federation.field(directives=[assumed_size(3)])
    def shelves(self) -> list[str]:
        return []


SCHEMA = SubgraphSchema(
    query=Query,
    extensions=extensions(Faults(Exception, {}, {})),
    federation_version=FEDERATION,
)
INFO = "hasNextPage hasPreviousPage startCursor endCursor"


async def test_a_page_stands_between_the_cursors_of_its_ends():
    result = await SCHEMA.execute(f"{{ books(first: 3) {{ {INFO} }} bothWays {{ {INFO} }} }}")
    assert result.errors is None
    assert result.data == {
        "books": {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "startCursor": "c3",
            "endCursor": "c5",
        },
        "bothWays": {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


def test_lists_declare_how_long_they_are():
    declared = [line.strip() for line in SCHEMA.as_str().splitlines() if "@listSize(" in line]
    one = 'slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false'
    two = one.replace('["first"]', '["first", "last"]')
    assert declared == [
        f"books(first: Int! = 20): PageInfo! @listSize(assumedSize: 20, {one})",
        f"bothWays: PageInfo! @listSize(assumedSize: 7, {two})",
        "shelves: [String!]! @listSize(assumedSize: 3)",
    ]
    assert "type PageInfo @shareable {" in SCHEMA.as_str()
