"""Reads home pages as front ends do, and checks that each is whole."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.cpu import cpu_ms
from benchmarks.loading import Loaded
from benchmarks.processes import PROJECT, Processes
from chassis.identity import TokenSigner
from stack.router_yaml import AUDIENCE

OPERATION = PROJECT / "schema" / "operations" / "home-timeline.graphql"
PAGE = 20
TOKEN_SECONDS = 3600
WARM_AT_ONCE = 4


class PageBroken(Exception):
    """A home page is not whole."""


@dataclass(frozen=True)
class Run:
    """Pages that were read one after the other, or some at once.

    Attributes:
        seconds: how long each page took.
        cpu: process → CPU milliseconds in all.
    """

    seconds: list[float]
    cpu: dict[str, float]


class Reader:
    """People who read their first page.

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
        self._query = OPERATION.read_text(encoding="utf-8")
        self._random = random.Random(1)  # noqa: S311 -- chance, not secrecy

    async def everyone(self) -> set[str]:
        """Have each person read once: caches are warm, feeds are made. Returns states seen."""
        states: set[str] = set()
        await _share(iter(self._people), WARM_AT_ONCE, self._page, states.add)
        return states

    async def read(self, pages: int, at_once: int) -> Run:
        """Read pages of people at random.

        Raises:
            PageBroken: one was not whole.
        """
        seconds: list[float] = []

        async def timed(person: str) -> float:
            began = time.perf_counter()
            await self._page(person)
            return time.perf_counter() - began

        before = cpu_ms(self._processes.pids())
        people = iter(self._random.choices(self._people, k=pages))
        await _share(people, at_once, timed, seconds.append)
        after = cpu_ms(self._processes.pids())
        return Run(seconds, {name: after[name] - before[name] for name in after})

    async def _page(self, person: str) -> str:
        body = {"query": self._query, "variables": {"first": PAGE}}
        async with self._session.post(
            f"{self._processes.url('router')}/graphql", json=body, headers=self._bearers[person]
        ) as response:
            return check_page(await response.json())


def check_page(answer: dict[str, Any]) -> str:
    """See that every edge has its tweet with text and author. Returns the timeline's state.

    Raises:
        PageBroken: an error, or a hole.
    """
    if answer.get("errors"):
        raise PageBroken(answer["errors"][0])
    timeline = answer["data"]["viewer"]["homeTimeline"]
    tweets = [edge["node"]["tweet"] for edge in timeline["edges"]]
    whole = all(tweet and tweet["text"] and tweet["author"]["username"] for tweet in tweets)
    if not whole or (len(tweets) < PAGE and timeline["pageInfo"]["hasNextPage"]):
        raise PageBroken(f"{len(tweets)} tweets")
    return str(timeline["state"])


async def _share(people: Iterator[str], at_once: int, work: Any, done: Any) -> None:
    """Have `at_once` workers take people in turn."""

    async def worker() -> None:
        for person in people:
            done(await work(person))

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
