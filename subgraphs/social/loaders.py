"""One request's batched look-ups: what many fields ask in one moment is one query."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from chassis.neo4j import Graph
from subgraphs.social.model.values import Listing, Page, Relationship, Since, Window
from subgraphs.social.service import reading

Kind = TypeVar("Kind", bound=Hashable)
# (whose list, which list, which part of it)
PageKey: TypeAlias = "tuple[UUID, tuple[Listing, Window]]"
# (to whom, the most hops)
PathKey: TypeAlias = "tuple[UUID, int]"

NOBODY = Relationship()


class Loaders:
    """The look-ups of one request; never shared between requests, since they remember.

    Args:
        graph: where everything is.
        viewer: who asks; `None` when nobody is logged in.
    """

    def __init__(self, graph: Graph, viewer: UUID | None) -> None:
        self._graph = graph
        self._viewer = viewer
        self.counts: DataLoader[UUID, tuple[int, int]] = DataLoader(self._counts)
        self.pages: DataLoader[PageKey, Page[Since]] = DataLoader(self._pages)
        self.relationships: DataLoader[UUID, Relationship | None] = DataLoader(self._relationships)
        self.paths: DataLoader[PathKey, Sequence[UUID] | None] = DataLoader(self._paths)

    async def _counts(self, users: list[UUID]) -> list[tuple[int, int]]:
        found = await reading.counts(self._graph, users)
        return [found.get(user, (0, 0)) for user in users]

    async def _pages(self, keys: list[PageKey]) -> list[Page[Since]]:
        found = {
            kind: await reading.pages(self._graph, kind[0], users, kind[1], self._viewer)
            for kind, users in _by_kind(keys).items()
        }
        return [found[kind][owner] for owner, kind in keys]

    async def _relationships(self, users: list[UUID]) -> list[Relationship | None]:
        if self._viewer is None:
            return [None] * len(users)
        found = await reading.relationships(self._graph, self._viewer, users)
        return [found.get(user, NOBODY) for user in users]

    async def _paths(self, keys: list[PathKey]) -> list[Sequence[UUID] | None]:
        viewer = self._viewer
        if viewer is None:
            return [None] * len(keys)
        found = {
            hops: await reading.shortest_paths(self._graph, viewer, users, hops)
            for hops, users in _by_kind(keys).items()
        }
        return [found[hops].get(user) for user, hops in keys]


def _by_kind(keys: Sequence[tuple[UUID, Kind]]) -> dict[Kind, list[UUID]]:
    """Read all owners at once, per distinct kind: mostly one."""
    owners: dict[Kind, list[UUID]] = {}
    for owner, kind in keys:
        owners.setdefault(kind, []).append(owner)
    return owners
