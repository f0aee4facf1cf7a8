"""One request's batched look-ups: what many fields ask in one moment is one statement."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from strawberry.dataloader import DataLoader

from subgraphs.users.model.values import User
from subgraphs.users.service import reading
from subgraphs.users.service.resources import Resources

LARGEST_BATCH: Final = 1000


class Loaders:
    """The look-ups of one request; never shared between requests, since they remember."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self.users_by_id: DataLoader[UUID, User | None] = DataLoader(
            self._by_id, max_batch_size=LARGEST_BATCH
        )
        self.users_by_name: DataLoader[str, User | None] = DataLoader(
            self._by_name, max_batch_size=LARGEST_BATCH
        )

    async def _by_id(self, ids: list[UUID]) -> list[User | None]:
        found = await reading.users_by_id(self._resources, ids)
        return [found.get(user_id) for user_id in ids]

    async def _by_name(self, names: list[str]) -> list[User | None]:
        found = await reading.users_by_name(self._resources, names)
        return [found.get(name) for name in names]
