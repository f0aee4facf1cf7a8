"""Asks as front ends do, and measures what it takes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import aiohttp

from benchmarks.cpu import cpu_ms
from benchmarks.loading import Loaded
from benchmarks.processes import Processes
from benchmarks.questions import AnswerBroken, Question
from chassis.identity import TokenSigner
from stack.router_yaml import AUDIENCE

TOKEN_SECONDS = 3600
WARM_AT_ONCE = 4


@dataclass(frozen=True)
class Run:
    """Questions that were asked one after the other, or some at once.

    Attributes:
        seconds: how long each answer took.
        cpu: process → CPU milliseconds in all.
        broken: how many answers were not whole; their time counts like that of the others.
    """

    seconds: Sequence[float]
    cpu: dict[str, float]
    broken: int = 0


class Reader:
    """People who ask.

    Args:
        processes: what is asked, and whose CPU time counts.
        loaded: who there is.
        session: HTTP connections, kept alive.
    """

    def __init__(
        self, processes: Processes, loaded: Loaded, session: aiohttp.ClientSession
    ) -> None:
        self._processes = processes
        self._session = session
        self._people = loaded.people
        self._bearers = dict(zip(loaded.people, _tokens(processes, loaded), strict=True))
        self._random = random.Random(1)  # noqa: S311 -- chance, not secrecy

    async def everyone(self, question: Question) -> set[str]:
        """Have each person ask once: caches are warm, feeds are made. Returns what was counted."""
        counted: set[str] = set()

        async def ask(person: str) -> None:
            counted.add(await self.ask(person, question))

        await _share(iter(self._people), WARM_AT_ONCE, ask)
        return counted

    async def read(self, question: Question, times: int, at_once: int) -> Run:
        """Have people at random ask."""
        broken = 0
        people = iter(self._random.choices(self._people, k=times))

        async def all_of_them(seconds: list[float]) -> None:
            async def timed(person: str) -> None:
                nonlocal broken
                began = time.perf_counter()
                try:
                    await self.ask(person, question)
                except AnswerBroken:
                    broken += 1
                seconds.append(time.perf_counter() - began)

            await _share(people, at_once, timed)

        return replace(await self.measure(all_of_them), broken=broken)

    async def measure(self, work: Callable[[list[float]], Awaitable[None]]) -> Run:
        """Run work that notes its seconds, and take the CPU time of all processes meanwhile."""
        seconds: list[float] = []
        before = cpu_ms(self._processes.pids())
        await work(seconds)
        after = cpu_ms(self._processes.pids())
        return Run(seconds, {name: after[name] - before[name] for name in after})

    async def ask(self, person: str, question: Question) -> str:
        """Ask once, as `person`; what is counted of the answer.

        Raises:
            AnswerBroken: the answer is not whole.
        """
        body = {"query": question.text, "variables": dict(question.variables)}
        async with self._session.post(
            f"{self._processes.url('router')}/graphql", json=body, headers=self._bearers[person]
        ) as response:
            return question.read(await response.json())


async def _share(
    people: Iterator[str], at_once: int, work: Callable[[str], Awaitable[None]]
) -> None:
    """Have `at_once` workers take people in turn."""

    async def worker() -> None:
        for person in people:
            await work(person)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())


def _tokens(processes: Processes, loaded: Loaded) -> Sequence[dict[str, str]]:
    assembly = processes.assembly
    signer = TokenSigner(
        assembly.credentials.token_key,
        issuer=assembly.issuer,
        audience=AUDIENCE,
        lifetime_seconds=TOKEN_SECONDS,
    )
    # A session id of the right form; no page asks users whether it is one of theirs.
    tokens = (signer.sign(person, person, ()) for person in loaded.people)
    return [{"authorization": f"Bearer {token}"} for token in tokens]
