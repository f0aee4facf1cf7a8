"""A person as far as follows go: counts, lists, how the viewer stands to them."""

import datetime
from collections.abc import Callable
from typing import Final
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost

from chassis.graphql import DEFAULT_PAGE, PageInfo, assumed_size, page_info, paged
from subgraphs.social.model import values
from subgraphs.social.model.ids import USER, global_id, parse_global_id, time_of
from subgraphs.social.model.values import Listing, Page, Position, Since
from subgraphs.social.schema.context import Info
from subgraphs.social.schema.paging import requested
from subgraphs.social.service.reading import check_hops

DEFAULT_HOPS: Final = 4
SHORT_LIST: Final = 3
ON_A_PATH: Final = 6


@strawberry.federation.type(keys=["id"])
class User:
    """A person, as far as social knows one: who follows them, and whom they follow."""

    id: strawberry.ID
    user_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, user_id: UUID) -> "User":
        """Refer to a user."""
        return cls(id=strawberry.ID(global_id(USER, user_id)), user_id=user_id)

    @classmethod
    def resolve_reference(cls, id: str, **_: object) -> "User | None":
        """Answer the router: any user may have followers, so this takes no look-up."""
        user_id = parse_global_id(USER, id)
        return None if user_id is None else cls.of(user_id)

    @strawberry.field
    async def follower_count(self, info: Info) -> int | None:
        """Count the followers."""
        followers, _ = await info.context.loaders.counts.load(self.user_id)
        return followers

    @strawberry.field
    async def following_count(self, info: Info) -> int | None:
        """Count whom this person follows."""
        _, following = await info.context.loaders.counts.load(self.user_id)
        return following

    @strawberry.federation.field(
        directives=[paged()], description="who follows this person, the latest first"
    )
    async def followers(
        self, info: Info, first: int | None = DEFAULT_PAGE, after: str | None = UNSET
    ) -> "FollowConnection | None":
        """Read a window of the followers."""
        size = DEFAULT_PAGE if first is None else first
        return await self._list(info, Listing.FOLLOWERS, size, after)

    @strawberry.federation.field(
        directives=[paged()], description="whom this person follows, the latest first"
    )
    async def following(
        self, info: Info, first: int | None = DEFAULT_PAGE, after: str | None = UNSET
    ) -> "FollowConnection | None":
        """Read a window of whom this person follows."""
        size = DEFAULT_PAGE if first is None else first
        return await self._list(info, Listing.FOLLOWING, size, after)

    @strawberry.federation.field(
        authenticated=True,
        directives=[Cost(weight=5), paged()],
        description="whom this person follows and who follow this person back",
    )
    async def mutuals(
        self, info: Info, first: int | None = DEFAULT_PAGE, after: str | None = UNSET
    ) -> "FollowConnection | None":
        """Read a window of those with whom it is mutual."""
        info.context.signed_in()
        size = DEFAULT_PAGE if first is None else first
        return await self._list(info, Listing.MUTUALS, size, after)

    @strawberry.federation.field(
        authenticated=True,
        directives=[Cost(weight=3), paged(SHORT_LIST)],
        description="whom the viewer follows and who follow this person: 'followed by A, B'",
    )
    async def known_followers(
        self, info: Info, first: int | None = SHORT_LIST
    ) -> "FollowConnection | None":
        """Read the first of the followers whom the viewer follows."""
        info.context.signed_in()
        size = SHORT_LIST if first is None else first
        return await self._list(info, Listing.KNOWN_FOLLOWERS, size, UNSET)

    @strawberry.federation.field(
        authenticated=True, description="how the viewer stands to this person"
    )
    async def relationship(self, info: Info) -> "Relationship | None":
        """Tell how the viewer stands to this person; `null` for nobody."""
        found = await info.context.loaders.relationships.load(self.user_id)
        return None if found is None else Relationship.of(found)

    @strawberry.federation.field(
        authenticated=True,
        directives=[Cost(weight=50)],
        description="a shortest way from the viewer to this person along whom people follow;"
        " null when there is none of at most maxHops (1 to 6)",
    )
    async def path_from_viewer(
        self, info: Info, max_hops: int | None = DEFAULT_HOPS
    ) -> "ConnectionPath | None":
        """Find a shortest way."""
        hops = check_hops(DEFAULT_HOPS if max_hops is None else max_hops)
        found = await info.context.loaders.paths.load((self.user_id, hops))
        if found is None:
            return None
        return ConnectionPath(hops=len(found) - 1, users=[User.of(person) for person in found])

    async def _list(
        self, info: Info, listing: Listing, first: int, after: str | None
    ) -> "FollowConnection":
        kind = f"user.{listing.value}"
        part, cursor = requested(info, kind, self.user_id.hex, (first, after))
        page = await info.context.loaders.pages.load((self.user_id, (listing, part)))
        return FollowConnection.of(page, cursor)


@strawberry.type
class Relationship:
    """How the viewer stands to a person."""

    following: bool
    followed_by: bool
    following_since: datetime.datetime | None

    @classmethod
    def of(cls, standing: values.Relationship) -> "Relationship":
        """Show a relationship."""
        since = standing.following_since_ms
        return cls(
            following=standing.following,
            followed_by=standing.followed_by,
            following_since=None if since is None else time_of(since),
        )


@strawberry.type
class ConnectionPath:
    """A way from one person to another."""

    hops: int
    users: list[User | None] = strawberry.federation.field(
        directives=[assumed_size(ON_A_PATH)],
        description="from the viewer to the person asked for, both included",
    )


@strawberry.type
class FollowEdge:
    """A person in a list, by a follow."""

    cursor: str
    node: User | None
    followed_at: datetime.datetime


@strawberry.type
class FollowConnection:
    """A page of people."""

    edges: list[FollowEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[Since], cursor: Callable[[Position], str]) -> "FollowConnection":
        """Show a page of people; all but their ids is users' to tell."""
        edges = [
            FollowEdge(
                cursor=cursor(placed.position),
                node=User.of(placed.item.user_id),
                followed_at=time_of(placed.item.at_ms),
            )
            for placed in page.items
        ]
        return cls(edges=edges, page_info=page_info(page, cursor))
