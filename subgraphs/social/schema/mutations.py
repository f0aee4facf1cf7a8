"""What can be done. Expected failures are members of each result's union."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from chassis.envelope import write_token
from subgraphs.social.events import SOURCE
from subgraphs.social.model.errors import IdRefused
from subgraphs.social.model.ids import USER, parse_global_id
from subgraphs.social.model.values import Change
from subgraphs.social.schema.context import Info
from subgraphs.social.schema.refusals import InvalidInput, UserNotFound
from subgraphs.social.schema.types import Relationship, User

# Whoever never followed anybody has no version that anybody could wait for.
UNCHANGED: Final = "unchanged"


@strawberry.type
class RelationshipPayload:
    """How the viewer stands to a person after the change."""

    user: User | None
    relationship: Relationship
    token: str = strawberry.field(description="names this change, to read one's own write")


FollowResult: TypeAlias = Annotated[
    RelationshipPayload | InvalidInput | UserNotFound,
    strawberry.union("FollowResult", description="Set operations: repeating one is a success."),
]


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.federation.mutation(authenticated=True)
    async def follow(self, info: Info, user_id: strawberry.ID) -> FollowResult:
        """Follow a person."""
        actor, target = info.context.signed_in(), _target(user_id)
        return _payload(actor, target, await info.context.follows.follow(actor, target))

    @strawberry.federation.mutation(authenticated=True)
    async def unfollow(self, info: Info, user_id: strawberry.ID) -> FollowResult:
        """No longer follow a person."""
        actor, target = info.context.signed_in(), _target(user_id)
        return _payload(actor, target, await info.context.follows.unfollow(actor, target))


def _target(id: str) -> UUID:
    target = parse_global_id(USER, id)
    if target is None:
        raise IdRefused(("userId",))
    return target


def _payload(actor: UUID, target: UUID, change: Change) -> RelationshipPayload:
    source = SOURCE if change.version else UNCHANGED
    return RelationshipPayload(
        user=User.of(target),
        relationship=Relationship.of(change.relationship),
        token=write_token(source, str(actor), max(1, change.version)),
    )
