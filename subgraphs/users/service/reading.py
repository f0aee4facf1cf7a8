"""Looking users up, many in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.telemetry import traced
from subgraphs.users.model import rules
from subgraphs.users.model.values import User
from subgraphs.users.service.resources import Resources
from subgraphs.users.store import accounts


@traced
async def users_by_id(resources: Resources, ids: Sequence[UUID]) -> Mapping[UUID, User]:
    """Find the users that exist among `ids` (any number, repeats allowed).

    Raises:
        StoreUnavailable: Postgres did not answer.
    """
    async with resources.database.session() as session:
        return await accounts.users_by_id(session, ids)


@traced
async def users_by_name(resources: Resources, names: Sequence[str]) -> Mapping[str, User]:
    """Find the users that exist among `names`, in any case; keys are the names as asked.

    Raises:
        StoreUnavailable: Postgres did not answer.
    """
    folded = {name: key for name in names if (key := rules.folded_username(name))}
    if not folded:
        return {}
    async with resources.database.session() as session:
        found = await accounts.users_by_name(session, list(folded.values()))
    return {name: found[key] for name, key in folded.items() if key in found}
