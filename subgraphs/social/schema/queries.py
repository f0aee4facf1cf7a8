"""What can be asked."""

import hashlib
from typing import Any, Final

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost

from chassis.graphql import PageInfo, page_info, paged
from subgraphs.social.model.ids import USER, global_id
from subgraphs.social.model.names import search_prefix
from subgraphs.social.schema.context import Info
from subgraphs.social.schema.paging import requested
from subgraphs.social.schema.suggestions import Suggestion, SuggestionConnection, SuggestionEdge
from subgraphs.social.schema.types import User
from subgraphs.social.service import searching, suggesting

SMALL_PAGE: Final = 10
# Of the positions in a search: nearness, followers; among suggestions: moment, kind, score.
SEARCH_KEYS: Final = 2
SUGGESTION_KEYS: Final = 3


@strawberry.federation.type(keys=["id"])
class Viewer:
    """The person who asks."""

    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, info: Info, id: str, **_: Any) -> "Viewer | None":
        """Answer the router; nobody gets another person's."""
        viewer = _viewer(info)
        return viewer if viewer is not None and viewer.id == id else None

    @strawberry.federation.field(
        directives=[Cost(weight=20), paged(SMALL_PAGE)],
        description="Whom to follow, best first: never oneself, never who is followed already.",
    )
    async def suggestions(
        self, info: Info, first: int | None = SMALL_PAGE, after: str | None = UNSET
    ) -> SuggestionConnection | None:
        """Read a window of whom to follow."""
        viewer = info.context.signed_in()
        size = SMALL_PAGE if first is None else first
        kind = "viewer.suggestions"
        part, cursor = requested(info, kind, viewer.hex, (size, after), SUGGESTION_KEYS)
        page = await suggesting.suggest(info.context.graph, viewer, part)
        edges = [
            SuggestionEdge(cursor=cursor(one.position), node=Suggestion.of(one.item))
            for one in page.items
        ]
        return SuggestionConnection(edges=edges, page_info=page_info(page, cursor))


@strawberry.type
class UserSearchEdge:
    """A person who was found."""

    cursor: str
    node: User | None
    rank: float
    hops: int | None = strawberry.field(
        description="away from the viewer: 1 followed, 2 over one between; null for farther"
    )


@strawberry.type
class UserSearchConnection:
    """A page of people who were found."""

    edges: list[UserSearchEdge]
    page_info: PageInfo


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.federation.field(
        shareable=True,
        description="Who is asking, from verified claims; null without a valid access token.",
    )
    def viewer(self, info: Info) -> Viewer | None:
        """Name the person who asks; `null` for nobody."""
        return _viewer(info)

    @strawberry.federation.field(
        directives=[Cost(weight=10), paged(SMALL_PAGE)],
        description="People whose username or name begins so, whatever its case and accents: the"
        " nearest to the viewer first, then the most followed.",
    )
    async def search_users(
        self, info: Info, prefix: str, first: int | None = SMALL_PAGE, after: str | None = UNSET
    ) -> UserSearchConnection | None:
        """Find people by the beginning of a name."""
        viewer = info.context.viewer
        size = SMALL_PAGE if first is None else first
        owner = _fingerprint(prefix, "" if viewer is None else viewer.hex)
        part, cursor = requested(info, "search.users", owner, (size, after), SEARCH_KEYS)
        page = await searching.search(info.context.graph, prefix, viewer, part)
        edges = [
            UserSearchEdge(
                cursor=cursor(one.position),
                node=User.of(one.item.user_id),
                rank=searching.rank(one.item),
                hops=one.item.hops,
            )
            for one in page.items
        ]
        return UserSearchConnection(edges=edges, page_info=page_info(page, cursor))


def _viewer(info: Info) -> Viewer | None:
    viewer = info.context.viewer
    return None if viewer is None else Viewer(id=strawberry.ID(global_id(USER, viewer)))


def _fingerprint(prefix: str, viewer: str) -> str:
    """Name a search in its cursors: they go on with the same letters for the same viewer."""
    return hashlib.sha256(f"{viewer} {search_prefix(prefix)}".encode()).hexdigest()[:16]
