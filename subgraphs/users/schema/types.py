"""The types of the graph: what can be read of a person, and what only they may read."""

import datetime
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from chassis.graphql import URL, assumed_size
from subgraphs.users.model import ids
from subgraphs.users.model.errors import InputRefused, NotYours
from subgraphs.users.model.values import Session as StoredSession
from subgraphs.users.model.values import User as StoredUser
from subgraphs.users.schema.context import Info
from subgraphs.users.service import sessions


@strawberry.interface
class Node:
    """What has a global id."""

    id: strawberry.ID


@strawberry.federation.type(shareable=True)
class Avatar:
    """A picture as a value: it travels in the author card."""

    key: strawberry.ID
    url: URL
    thumbnail_url: URL
    blurhash: str | None


@strawberry.federation.type(keys=["id", "username"])
class User(Node):
    """Somebody's public profile."""

    username: str = strawberry.federation.field(shareable=True)
    display_name: str = strawberry.federation.field(shareable=True)
    avatar: Avatar | None = strawberry.federation.field(
        shareable=True,
        description="A value, not a hop: it travels in the author card.",
    )
    bio: str | None
    location: str | None
    website: URL | None
    protected: bool
    created_at: datetime.datetime
    searchable: bool = strawberry.federation.field(inaccessible=True)

    @classmethod
    async def resolve_reference(
        cls, info: Info, id: strawberry.ID | None = None, username: str | None = None
    ) -> "User | None":
        """Turn `{__typename: "User", id}` or `{…, username}` into the user, or null."""
        if id is not None:
            return await user_by_id(info, ids.parse_global_id(ids.USER, id, "id"))
        if username is not None:
            return await user_by_name(info, username)
        raise InputRefused(("representations",), "A user is known by id or username.")


@strawberry.type
class Session:
    """A place where somebody is logged in."""

    id: strawberry.ID
    created_at: datetime.datetime
    last_used_at: datetime.datetime
    user_agent: str | None
    ip: str | None
    current: bool = strawberry.field(description="The session that asks.")


@strawberry.federation.type(keys=["id"], authenticated=True)
class Viewer:
    """Who is asking, and what only they may see."""

    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Viewer":
        """Turn `{__typename: "Viewer", id}` into the viewer: the one in the claims, nobody else."""
        viewer = viewer_of(info)
        if viewer is None or viewer.id != id:
            raise NotYours
        return viewer

    @strawberry.field
    async def user(self, info: Info) -> User | None:
        """The viewer's own profile."""
        return await user_by_id(info, info.context.signed_in().user_id)

    @strawberry.field
    async def email(self, info: Info) -> str | None:
        """The address that the account was made with."""
        found = await info.context.loaders.users_by_id.load(info.context.signed_in().user_id)
        if found is None:
            raise NotYours("This account is no more.")
        return found.email

    @strawberry.field(description="False as long as no mail is sent.")
    def email_verified(self) -> bool | None:
        """Tell whether somebody proved to read mail at `email`."""
        return False

    @strawberry.field(directives=[assumed_size(20)])
    async def sessions(self, info: Info) -> list[Session] | None:
        """Where the viewer is logged in, last used first."""
        viewer = info.context.signed_in()
        found = await sessions.sessions_of(info.context.resources, viewer.user_id)
        return [session_of(session, current=session.id == viewer.session_id) for session in found]


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Tweet(Node):
    """A stub, so that `node` can name a tweet; its fields come from its owner."""


def viewer_of(info: Info) -> Viewer | None:
    """Make the viewer of the verified claims, with no I/O."""
    viewer = info.context.viewer
    return viewer and Viewer(id=strawberry.ID(ids.global_id(ids.USER, viewer.user_id)))


async def user_by_id(info: Info, id: UUID) -> User | None:
    """Find a user by id, in one statement with all others asked for at this moment."""
    found = await info.context.loaders.users_by_id.load(id)
    return found and user_of(found)


async def user_by_name(info: Info, username: str) -> User | None:
    """Find a user by name in any case, in one statement with all others."""
    found = await info.context.loaders.users_by_name.load(username)
    return found and user_of(found)


def user_of(user: StoredUser) -> User:
    """Show what is public of a user."""
    return User(
        id=strawberry.ID(ids.global_id(ids.USER, user.id)),
        username=user.username,
        display_name=user.display_name,
        avatar=None,
        bio=user.bio,
        location=user.location,
        website=None if user.website is None else URL(user.website),
        protected=user.protected,
        created_at=user.created_at,
        searchable=user.searchable,
    )


def session_of(session: StoredSession, *, current: bool) -> Session:
    """Show a session to its owner."""
    return Session(
        id=strawberry.ID(ids.global_id(ids.SESSION, session.id)),
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        user_agent=session.user_agent,
        ip=session.ip,
        current=current,
    )
