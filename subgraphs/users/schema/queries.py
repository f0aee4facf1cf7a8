"""What can be asked."""

import asyncio

import strawberry
from strawberry.types.unset import UNSET

from chassis.graphql import assumed_size
from subgraphs.users.model.errors import InputRefused, UsersError
from subgraphs.users.model.ids import TWEET, USER, kind_of, parse_global_id
from subgraphs.users.schema.context import Info
from subgraphs.users.schema.types import (
    Node,
    Tweet,
    User,
    Viewer,
    user_by_id,
    user_by_name,
    viewer_of,
)

LONGEST_LIST = 100
HUNDRED = assumed_size(LONGEST_LIST)


@strawberry.type
class Query:
    """Every question that users answers."""

    @strawberry.field(description="Whatever has this global id; its owner fills the fields in.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Find a user, or name a tweet without asking whether there is one."""
        if kind_of(id) == TWEET:
            parse_global_id(TWEET, id, "id")
            return Tweet(id=id)
        return await user_by_id(info, parse_global_id(USER, id, "id"))

    @strawberry.federation.field(
        shareable=True,
        description="Who is asking, from verified claims; null without a valid access token.",
    )
    def viewer(self, info: Info) -> Viewer | None:
        """Make the viewer with no I/O, so that a plan can start in any subgraph."""
        return viewer_of(info)

    @strawberry.field(description="A user by id or by username, in any case; exactly one of them.")
    async def user(
        self, info: Info, id: strawberry.ID | None = UNSET, username: str | None = UNSET
    ) -> User | None:
        """Find a user; with neither key there is no "first" one, with both no telling which."""
        if id and not username:
            return await user_by_id(info, parse_global_id(USER, id, "id"))
        if username and not id:
            return await user_by_name(info, username)
        raise InputRefused(("id",), "Give either id or username.")

    @strawberry.field(
        description="At most 100 users in the order asked; null where no user has that id.",
        directives=[HUNDRED],
    )
    async def users(self, info: Info, ids: list[strawberry.ID]) -> list[User | None] | None:
        """Find many users in one statement; what is no id is an error at its own place."""
        if len(ids) > LONGEST_LIST:
            raise InputRefused(("ids",), f"At most {LONGEST_LIST} ids at a time.")
        return await asyncio.gather(*(listed_user(info, text) for text in ids))


async def listed_user(info: Info, id: strawberry.ID) -> User | None:
    """Find one of many; its fault is given back, so that it is told at its place in the list."""
    try:
        return await user_by_id(info, parse_global_id(USER, id, "ids"))
    except UsersError as fault:
        return fault  # pyright: ignore[reportReturnType] -- graphql-core takes errors as values
