"""What needs what: the one table that start, end and leaving out are read from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from stack.processes import Log

STORES = ("postgres", "nats", "redis", "neo4j")
SUBGRAPHS = ("users", "tweets", "social", "timeline")
# Started once what they need answers. Timeline uses Redis as well, but answers without it, and the
# router asks social and timeline only where an operation does.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "zipkin": (),
    "postgres": (),
    "nats": (),
    "redis": (),
    "neo4j": (),
    "users": ("postgres", "nats"),
    "tweets": ("postgres", "nats"),
    "social": ("neo4j", "nats"),
    "timeline": ("postgres", "nats"),
    "router": ("users", "tweets"),
    "bot": ("router",),
}
# The order of the end: what asks before what is asked.
TIERS = (("bot",), ("router",), SUBGRAPHS, (*STORES, "zipkin"))
# Nothing needs these: they are started again, and their end is nobody else's.
ASIDE = ("zipkin", "bot")
# Listens on no port: it only asks.
PORTLESS = "bot"
# What may be left out, and what comes only when asked for.
OPTIONAL = ("redis", "neo4j", "bot")
EXTRAS = ("zipkin",)
REPLICATED = (*SUBGRAPHS, "router")


def service_of(process: str) -> str:
    """The service of a process: `users` for `users` and `users-2`."""
    return process.partition("-")[0]


def processes_of(service: str, replicas: int) -> tuple[str, ...]:
    """The names of a service's processes: `users`, `users-2`, …; a store is one."""
    count = replicas if service in REPLICATED else 1
    return (service, *(f"{service}-{number}" for number in range(2, count + 1)))


def needs_of(replicas: int, without: Collection[str]) -> dict[str, tuple[str, ...]]:
    """`NEEDS` of every process that is to run.

    A further process of a service needs the first, which has migrated for both.
    """
    needs: dict[str, tuple[str, ...]] = {}
    for service, own in NEEDS.items():
        if service not in without and all(need in needs for need in own):
            first, *others = processes_of(service, replicas)
            needs |= {first: own} | dict.fromkeys(others, (first,))
    return needs


async def start_in_order(
    needs: Mapping[str, Collection[str]], start: Callable[[str], Awaitable[bool]], log: Log
) -> frozenset[str]:
    """Start each process as soon as all that it needs has started.

    Args:
        needs: process → what it needs; every need is a process too.
        start: returns once it answers; false means that it is left out, and all that need it too.
        log: where that is told.

    Returns:
        What has started.
    """
    tasks: dict[str, asyncio.Task[bool]] = {}

    async def one(process: str) -> bool:
        # Made before the first of them runs.
        missing = [need for need in needs[process] if not await tasks[need]]
        if missing:
            log("stack", f"{process} is left out: it needs {' and '.join(missing)}")
            return False
        return await start(process)

    async with asyncio.TaskGroup() as group:
        for process in needs:
            tasks[process] = group.create_task(one(process))
    return frozenset(process for process, task in tasks.items() if task.result())
