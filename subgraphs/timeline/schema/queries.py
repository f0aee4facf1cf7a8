"""What can be asked."""

from functools import partial
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from chassis.envelope import TokenMalformed, WriteToken, read_token
from chassis.graphql import DEFAULT_PAGE, page_info, paged
from subgraphs.timeline.model import values
from subgraphs.timeline.model.errors import TokenRefused
from subgraphs.timeline.model.ids import USER, global_id
from subgraphs.timeline.schema.context import Info
from subgraphs.timeline.schema.paging import Slice, requested
from subgraphs.timeline.schema.types import HomeTimeline, edge_of
from subgraphs.timeline.service import reading


@strawberry.federation.type(keys=["id"])
class Viewer:
    """The person who asks, and the timeline that only this person sees."""

    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, info: Info, id: str, **_: Any) -> "Viewer | None":
        """Answer the router; nobody gets another person's."""
        viewer = _viewer(info)
        return viewer if viewer is not None and viewer.id == id else None

    @strawberry.federation.field(
        directives=[paged(sized_by=("first", "last"))],
        description="Own tweets and those of people one follows, newest first; of replies those "
        "to their own author, to the viewer, or to people whom the viewer follows. `first` with "
        "`after` goes back in time, `last` with `before` forward. `atLeast`: a token that a "
        "change gave; the page has what it did, or says that it is DEGRADED.",
    )
    async def home_timeline(
        self,
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = UNSET,
        last: int | None = UNSET,
        before: str | None = UNSET,
        at_least: str | None = UNSET,
    ) -> HomeTimeline | None:
        """Read a page of the home timeline."""
        owner = info.context.signed_in()
        asked = Slice(first=first, after=after or None, last=_given(last), before=before or None)
        window = requested(info.context.cursors, owner, asked)
        token = _token(at_least) if at_least else None
        return _shown(info, owner, await reading.home(info.context.resources, owner, window, token))


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


def _viewer(info: Info) -> Viewer | None:
    viewer = info.context.viewer
    return None if viewer is None else Viewer(id=strawberry.ID(global_id(USER, viewer)))


def _given(size: int | None) -> int | None:
    return None if size is UNSET else size


def _token(at_least: str) -> WriteToken:
    try:
        return read_token(at_least)
    except TokenMalformed as error:
        raise TokenRefused(("atLeast",)) from error


def _shown(info: Info, owner: UUID, home: values.Home) -> HomeTimeline:
    cursors = info.context.cursors
    return HomeTimeline(
        edges=[edge_of(item, cursors.write(owner, item.position)) for item in home.page.items],
        page_info=page_info(home.page, partial(cursors.write, owner)),
        state=home.state,
        resume=cursors.write_resume(owner, home.resume),
    )
