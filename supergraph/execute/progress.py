"""The answer of one client's operation as far as it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from supergraph.execute.context import ExecutionContext
from supergraph.execute.failures import Loose, Told, Wanted, hang
from supergraph.execute.json_values import Object, copied
from supergraph.execute.merge import merge
from supergraph.execute.places import Place
from supergraph.execute.selections import TypeConditions


@dataclass(slots=True)
class Progress:
    """What the steps of a plan read and write.

    Attributes:
        ends_at: when the whole request is late, in the event loop's seconds.
        data: the client's data and whatever else fetches needed, with failures in it.
        loose: errors that explain no null.
        root_fields: `root_fields[response key]`: the root fields that were asked for so far.
        named: the objects, by identity, that a subscription's frame itself named; none else.
        is_gone: whether one of them turned out not to exist.
    """

    context: ExecutionContext
    ends_at: float
    data: Object = field(default_factory=dict[str, object])
    loose: list[Loose] = field(default_factory=list[Loose])
    root_fields: dict[str, str] = field(default_factory=dict[str, str])
    named: frozenset[int] = frozenset()
    is_gone: bool = False

    @classmethod
    def begin(cls, context: ExecutionContext) -> Progress:
        """Nothing is known, and the time begins to run."""
        return cls(context, asyncio.get_running_loop().time() + context.deadline)

    @property
    def conditions(self) -> TypeConditions:
        """Type conditions in the merged schema."""
        return TypeConditions(self.context.supergraph.schema)

    def lose(self, places: Sequence[Place]) -> None:
        """Note that no entity stands behind these objects."""
        self.is_gone = self.is_gone or any(id(place.object) in self.named for place in places)

    def take(
        self, places: Sequence[Place], data: Object | None, told: Sequence[Told], wanted: Wanted
    ) -> None:
        """Give every place its own copy of what was fetched, with the errors hung onto it.

        Args:
            places: objects in `self.data`.
            data: what a fetch brought for them, rewritten; given away.
            told: the errors that came with it, with paths in `data`.
            wanted: what the fetch selects.
        """
        last = len(places) - 1
        for index, place in enumerate(places):
            own = data if index == last else copied(data)
            got, loose = hang(own, told, wanted, place.type_name)
            self.loose += (Loose(one.fault, place.path + one.path) for one in loose)
            merge(place.object, got, self.context.supergraph.schema)
