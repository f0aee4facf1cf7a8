"""A program of happenings and faults, played on two replicas of the service."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from redis.asyncio import Redis as Client

from chassis.envelope import Envelope, uuid7
from subgraphs.timeline.model.values import LogPosition, Position, TimelineState
from tests.subgraphs.timeline.faults import Line
from tests.subgraphs.timeline.serving import Service
from tests.subgraphs.timeline.truth import Post, World

PEOPLE = 3


@dataclass
class Listener:
    """Somebody who has read everything once, and from then on only listens."""

    viewer: UUID
    shown: dict[UUID, Position]
    place: LogPosition


@dataclass
class Play:
    """One program on its way."""

    replicas: list[Service]
    lines: list[Line]
    redis: Client
    world: World = field(default_factory=World)
    people: list[UUID] = field(default_factory=lambda: [uuid7() for _ in range(PEOPLE)])
    waiting: list[Envelope] = field(default_factory=list[Envelope])
    delivered: list[Envelope] = field(default_factory=list[Envelope])
    listeners: list[Listener] = field(default_factory=list[Listener])
    tasks: list[asyncio.Task[Any]] = field(default_factory=list[asyncio.Task[Any]])

    async def post(self, author: int, same_ms: bool) -> None:
        last = next(reversed(self.world.posts.values()), None)
        ms = last.ms if same_ms and last is not None else None
        _, event = self.world.post(self.people[author], ms=ms)
        self.waiting.append(event)

    async def reply(self, author: int, nth: int) -> None:
        if living := self._living():
            parent = living[nth % len(living)]
            _, event = self.world.post(self.people[author], parent)
            self.waiting.append(event)

    async def delete(self, nth: int) -> None:
        if living := self._living():
            self.waiting.append(self.world.delete(living[nth % len(living)]))

    async def follow(self, actor: int, target: int) -> None:
        if actor != target:
            self.waiting.append(self.world.follow(self.people[actor], self.people[target]))

    async def unfollow(self, nth: int) -> None:
        if edges := sorted(self.world.follows):
            self.waiting.append(self.world.unfollow(*edges[nth % len(edges)]))

    async def deliver(self, seed: int) -> None:
        """Hand out some events at the same time, some of them again, while people read."""
        chance = random.Random(seed)  # noqa: S311 no secret
        chance.shuffle(self.waiting)
        count = chance.randint(1, 8)
        now, self.waiting = self.waiting[:count], self.waiting[count:]
        again = chance.sample(self.delivered, min(len(self.delivered), chance.randint(0, 3)))
        self.delivered += now
        for event in [*now, *again]:
            self._start(chance.choice(self.replicas).take(event))
        for reader in chance.sample(self.people, chance.randint(0, 2)):
            self._start(chance.choice(self.replicas).home(reader, 3))
        await self._still()

    async def crash(self, seed: int) -> None:
        """Let a replica die somewhere in the middle of some events, which will be told again."""
        chance = random.Random(seed)  # noqa: S311 no secret
        chance.shuffle(self.waiting)
        service = chance.choice(self.replicas)
        events = self.waiting[: chance.randint(1, 4)]
        dying = [asyncio.create_task(service.take(event)) for event in events]
        if dying:
            await asyncio.wait(dying, timeout=chance.random() / 50)
        for task in dying:
            task.cancel()
        await asyncio.gather(*dying, return_exceptions=True)

    async def read(self, viewer: int) -> None:
        self._start(self.replicas[viewer % 2].home(self.people[viewer], 3))
        await self._still()

    async def build(self, nth: int, viewer: int) -> None:
        """Build a feed anew, whether it is good or not."""
        me = self.people[viewer]
        found: Any = await self.redis.hget(f"feed:{me.hex}:state", "epoch")
        epoch: bytes = found or b""
        self._start(self.replicas[nth].resources.builder._limited(me, epoch.decode()))
        await self._still()

    async def listen(self, viewer: int) -> None:
        me = self.people[viewer]
        home = await self.replicas[0].home(me, 100)
        if home.state is TimelineState.READY:
            shown = {item.position.id: item.position for item in home.page.items}
            self.listeners.append(Listener(me, shown, home.resume))

    async def hold(self, nth: int, calls: int) -> None:
        """Hold back what a replica is about to do in Redis, until `mend`."""
        self.lines[nth].hold(calls)

    async def cut(self, nth: int, after: int, calls: int, answer_lost: bool) -> None:
        self.lines[nth].cut(after, calls, answer_lost=answer_lost)

    async def mend(self) -> None:
        for line in self.lines:
            line.mend()
        await self._still()

    async def flush(self) -> None:
        await self.redis.flushdb()

    async def lose(self, viewer: int, part: str) -> None:
        """Let Redis evict a part of a feed."""
        await self.redis.delete(f"feed:{self.people[viewer].hex}{part}")

    async def settle(self) -> None:
        """Let everything arrive that has not, into feeds that are there."""
        await self.mend()
        await self._look()
        for viewer in range(PEOPLE):
            await self.read(viewer)
        while self.waiting:
            await self.deliver(0)
        await self._look()

    async def _look(self) -> None:
        for service in self.replicas:
            await service.resources.standing.look()
        for viewer in self.people:
            # Of a builder that died: ten seconds pass.
            await self.redis.delete(f"feed:{viewer.hex}:building")

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self.tasks.append(task)
        for line in self.lines:
            line.holdable.add(task)

    async def _still(self) -> None:
        """Return when all that began has ended or is held back."""
        while True:
            held = self.lines[0].held | self.lines[1].held
            moving = [task for task in self.tasks if not task.done() and task not in held]
            if not moving:
                break
            stirs = [asyncio.create_task(line.stirred.wait()) for line in self.lines]
            await asyncio.wait([*moving, *stirs], return_when=asyncio.FIRST_COMPLETED)
            for line, stir in zip(self.lines, stirs, strict=True):
                stir.cancel()
                line.stirred.clear()
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            for line in self.lines:
                line.holdable.discard(task)
            task.result()

    def _living(self) -> list[Post]:
        return [post for post in self.world.posts.values() if post.id not in self.world.gone]
