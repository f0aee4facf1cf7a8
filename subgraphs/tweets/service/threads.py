"""Follow a thread: every reply that comes and every tweet that goes, in order, from a place on.

Who changes a thread rings its bell. Who follows one reads from the last change it has seen, when
the bell rings and every 10 seconds: a bell that nobody heard delays a change, and loses none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chassis.bus import Bus, Listening, subject
from chassis.postgres import Database, StoreUnavailable
from chassis.telemetry import traced
from subgraphs.tweets.model.errors import NotARoot, TweetMissing
from subgraphs.tweets.model.values import ThreadChange
from subgraphs.tweets.store import threads as store

LOOK_SECONDS: Final = 10.0
AT_ONCE: Final = 100


@dataclass(frozen=True)
class Part:
    """What followers at one place read.

    Attributes:
        place: the last change they have seen.
        latest: number of the thread's latest change just before `changes` were read; `None` where
            its first tweet is gone.
        changes: those after `place`, at most 100.
    """

    place: int
    latest: int | None
    changes: Sequence[ThreadChange] = ()

    @property
    def is_last(self) -> bool:
        """Whether there is no thread any more."""
        return self.latest is None

    @property
    def has_gap(self) -> bool:
        """Whether what follows `place` can no longer be told, or `place` is from another time."""
        if self.latest is None:
            return False
        first = self.changes[0].number if self.changes else self.latest + 1
        return self.place > self.latest or first > self.place + 1

    @property
    def goes_on(self) -> bool:
        """Whether there may be more to read at once."""
        return len(self.changes) == AT_ONCE

    @property
    def end(self) -> int:
        """The place to go on from."""
        if self.has_gap and self.latest is not None:
            return self.latest
        return self.changes[-1].number if self.changes else self.place

    def told(self, root_id: UUID) -> Sequence[ThreadChange]:
        """Give what the followers of `root_id` are told.

        A reply that was deleted since is left out: its deletion comes further on.
        """
        if self.is_last:
            return [ThreadChange(self.place, deleted=root_id)]
        if self.has_gap:
            return [ThreadChange(self.end, gap=True)]
        return [change for change in self.changes if change.reply or change.deleted]


class Threads:
    """Followed threads: those who follow the same one share one ear and one read.

    Args:
        database: where the changes are.
        bus: carries the bells.
        look_seconds: how often to look without a bell.
    """

    def __init__(self, database: Database, bus: Bus, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._database = database
        self._bus = bus
        self._look_seconds = look_seconds
        self._watches: dict[UUID, _Watch] = {}

    async def ring(self, root_id: UUID) -> None:
        """Tell every process that this thread has changed; once the change is committed."""
        await self._bus.tell(bell(root_id))

    @traced
    async def follow(self, root_id: UUID, after: int | None) -> AsyncGenerator[ThreadChange, None]:
        """Begin to follow a thread.

        Args:
            root_id: the tweet that began it.
            after: the last change seen; `None` begins now, and gives that place first.

        Returns:
            What happened after that, then what happens, until the tweet `root_id` is deleted.

        Raises:
            TweetMissing: there is no such tweet, and never was for whoever has no place in it.
            NotARoot: it is a reply.
        """
        async with self._database.session() as session:
            found = await store.position(session, root_id)
        if found is None:
            if after is None:
                raise TweetMissing(("rootId",))
            return self._changes(root_id, after)
        root, latest = found
        if root != root_id:
            raise NotARoot(("rootId",))
        return self._changes(root_id, after) if after is not None else self._begun(root_id, latest)

    async def _begun(self, root_id: UUID, latest: int) -> AsyncGenerator[ThreadChange, None]:
        yield ThreadChange(latest)
        # Closed with this one, and not when somebody collects it.
        async with aclosing(self._changes(root_id, latest)) as changes:
            async for change in changes:
                yield change

    async def _changes(self, root_id: UUID, place: int) -> AsyncGenerator[ThreadChange, None]:
        async with self._watching(root_id) as watch:
            while True:
                rung = watch.rung
                part = await watch.read(place)
                for change in part.told(root_id):
                    yield change
                if part.is_last:
                    return
                place = part.end
                if not part.goes_on:
                    await rung.wait()

    @asynccontextmanager
    async def _watching(self, root_id: UUID) -> AsyncGenerator[_Watch, None]:
        watch = self._watches.get(root_id)
        if watch is None:
            watch = self._watches[root_id] = _Watch(self._database, self._bus, root_id)
            watch.begin(self._look_seconds)
        watch.followers += 1
        try:
            # Else what is told before we listen would wait for the next look.
            await watch.listens()
            yield watch
        finally:
            watch.followers -= 1
            if not watch.followers:
                del self._watches[root_id]
                await watch.end()


class _Watch:
    """One thread in this process.

    Attributes:
        rung: set by the next bell, and then another one takes its place.
        followers: how many there are.
    """

    def __init__(self, database: Database, bus: Bus, root_id: UUID) -> None:
        self._database = database
        self._bus = bus
        self._root_id = root_id
        self._reads: dict[int, asyncio.Task[Part]] = {}
        self.rung = asyncio.Event()
        self.followers = 0

    def begin(self, look_seconds: float) -> None:
        """Listen, and look without a bell now and then."""
        self._listening = asyncio.create_task(self._listen())
        self._looking = asyncio.create_task(self._look(look_seconds))

    async def listens(self) -> None:
        """Return when it listens, or will as soon as NATS is there."""
        await asyncio.shield(self._listening)

    async def end(self) -> None:
        """Listen no more."""
        self._looking.cancel()
        listening = await self._listening
        await listening.stop()

    async def read(self, place: int) -> Part:
        """Read on from `place`, together with all who do since the last bell."""
        read = self._reads.get(place)
        if read is None:
            read = self._reads[place] = asyncio.create_task(self._read(place))
            read.add_done_callback(lambda done: self._forget(place, done))
        # Shielded: who goes away must not take it from the others.
        return await asyncio.shield(read)

    async def _read(self, place: int) -> Part:
        try:
            async with self._database.session() as session:
                found = await store.position(session, self._root_id)
                changes = await store.changes_after(session, self._root_id, place, limit=AT_ONCE)
        except StoreUnavailable:
            # Nothing new as far as can be seen; the next bell or look tries again.
            return Part(place, place)
        return Part(place, None if found is None else found[1], changes)

    def _forget(self, place: int, read: asyncio.Task[Part]) -> None:
        if self._reads.get(place) is read:
            del self._reads[place]

    async def _listen(self) -> Listening:
        return await self._bus.listen(bell(self._root_id), self._ring)

    async def _look(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._ring(b"")

    async def _ring(self, _: bytes) -> None:
        # What is being read may be from before: who comes now reads anew.
        self._reads.clear()
        self.rung.set()
        self.rung = asyncio.Event()


def bell(root_id: UUID) -> str:
    """Name the live subject that says: something changed in this thread."""
    return subject("mt", "live", "thread", root_id.hex)
