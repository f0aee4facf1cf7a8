"""Starts what an assembly names, in order; watches it; stops it in reverse order.

stores → databases and roles → per subgraph migrate, serve → router → the first world.
Redis and Neo4j start beside all that and hold nothing up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from typing import cast

from stack.assembly import SUBGRAPHS, Assembly
from stack.errors import StackError
from stack.processes import Child, Log, wait_ready
from stack.record import RunRecord
from stack.seed import load_once
from stack.server import Server

Announce = Callable[[], None]
# The order of the end: what asks before what is asked.
TIERS = (("router",), SUBGRAPHS, ("postgres", "nats", "redis", "neo4j"))


class Supervisor:
    """The children of one run."""

    def __init__(self, record: RunRecord, log: Log, group: asyncio.TaskGroup) -> None:
        self._record = record
        self._log = log
        self._group = group
        self._children: dict[str, Child] = {}

    async def start(self, server: Server) -> None:
        """Start one server, and wait until it answers.

        Raises:
            StackError: it could not be prepared or did not answer.
        """
        await server.prepare()
        child = await Child.launch(server, self._log)
        if child is not None:
            self._children[server.name] = child
            mark = (server.name, child.process.pid, server.stop_signal, server.stop_seconds)
            self._record.note(*mark)
            self._group.create_task(child.watch())
        seconds = await wait_ready(server, child)
        self._log("stack", f"{server.name} is ready after {seconds:.1f} s")

    async def start_all(self, *servers: Server) -> None:
        """Start several at once.

        Raises:
            StackError: the first that failed; the others are given up.
        """
        async with asyncio.TaskGroup() as group:
            for server in servers:
                group.create_task(self.start(server))

    async def stop(self) -> None:
        """Stop all, tier by tier."""
        for tier in TIERS:
            found = [self._children[name] for name in tier if name in self._children]
            if found:
                names = ", ".join(child.server.name for child in found)
                self._log("stack", f"stopping {names}")
                await asyncio.gather(*(child.stop() for child in found))
        self._record.forget_all()

    def kill(self) -> None:
        """End all at once; for who cannot wait."""
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)


async def up(assembly: Assembly, *, without: frozenset[str], announce: Announce) -> None:
    """Run everything until we are told to end (SIGINT, SIGTERM, SIGHUP).

    Args:
        assembly: what to run.
        without: names of stores to leave out, of `redis` and `neo4j`.
        announce: called once the router answers and the first world is loaded.

    Raises:
        StackError: something did not come up, or ended by itself; all else is stopped then.
    """
    record = RunRecord(assembly.folders.stack)
    with record.held():
        await record.end_leftovers(assembly.log)
        assembly.check_ports(without)
        with contextlib.suppress(_Told):
            await _run(assembly, record, without, announce)


async def _run(
    assembly: Assembly, record: RunRecord, without: frozenset[str], announce: Announce
) -> None:
    supervisor: Supervisor | None = None
    told = asyncio.Event()

    def on_signal() -> None:
        if told.is_set() and supervisor is not None:
            supervisor.kill()
        told.set()

    with _signals(on_signal):
        try:
            async with asyncio.TaskGroup() as group:
                supervisor = Supervisor(record, assembly.log, group)
                group.create_task(_until(told))
                group.create_task(_boot(assembly, supervisor, announce))
                group.create_task(_boot_aside(assembly, supervisor, without))
        except BaseExceptionGroup as failures:
            raise _first(failures) from None
        finally:
            if supervisor is not None:
                await supervisor.stop()


async def _boot(assembly: Assembly, supervisor: Supervisor, announce: Announce) -> None:
    await supervisor.start_all(assembly.postgres(), assembly.nats())
    await assembly.make_databases()
    subgraphs = [assembly.subgraph(name) for name in SUBGRAPHS]
    await supervisor.start_all(*subgraphs)
    await supervisor.start(assembly.router())
    await load_once(assembly)
    announce()


async def _boot_aside(assembly: Assembly, supervisor: Supervisor, without: frozenset[str]) -> None:
    starts: list[Coroutine[None, None, None]] = []
    if "redis" not in without:
        starts.append(supervisor.start(assembly.redis()))
    if "neo4j" not in without:
        starts.append(_boot_neo4j(assembly, supervisor))
    await asyncio.gather(*starts)


async def _boot_neo4j(assembly: Assembly, supervisor: Supervisor) -> None:
    await supervisor.start(await assembly.neo4j())


class _Told(Exception):
    """We were told to end."""


async def _until(told: asyncio.Event) -> None:
    await told.wait()
    raise _Told


@contextlib.contextmanager
def _signals(handler: Callable[[], None]) -> Generator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """One error of several: what a person can mend comes before what only we can."""
    mendable = failures.subgroup(StackError) or failures
    failure: BaseException = mendable
    while isinstance(failure, BaseExceptionGroup):
        failure = cast("BaseExceptionGroup[BaseException]", failure).exceptions[0]
    return failure
