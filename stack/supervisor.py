"""Starts what an assembly names, in order; watches it; stops it in reverse order.

`order.py` says what needs what. Once everything answers the first world is loaded, and it is told.

What ends by itself before it ever answered ends everything, with its last words. Later, a stack
with replicas starts it again, after ever longer pauses; a stack of one of each ends, so that the
fault is seen where it happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Generator
from typing import cast

from stack.assembly import Assembly
from stack.errors import ChildExited, JarChanged, JarsMissing, JavaMissing, StackError
from stack.order import ASIDE, TIERS, service_of, start_in_order
from stack.processes import Child, Log, wait_ready
from stack.record import RunRecord
from stack.seed import load_once
from stack.server import Server

Announce = Callable[[], None]
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# Who lived that long has recovered: the next pause is the first one again.
STEADY_SECONDS = 60.0


class Supervisor:
    """The children of one run.

    Args:
        record: where they are written down.
        log: where lines go.
        group: of the tasks that watch them.
        restarts: whether what ended by itself is started again.
    """

    def __init__(
        self, record: RunRecord, log: Log, group: asyncio.TaskGroup, *, restarts: bool
    ) -> None:
        self._record = record
        self._log = log
        self._group = group
        self._restarts = restarts
        self._children: dict[str, Child] = {}

    async def start(self, server: Server) -> None:
        """Start one server, and wait until it answers.

        Raises:
            StackError: it could not be prepared or did not answer.
        """
        await server.prepare()
        child = await self._launch(server)
        await self._until_ready(server, child)
        if child is not None:
            self._group.create_task(self._keep(server, child))

    async def stop(self) -> None:
        """Stop all, tier by tier."""
        for tier in TIERS:
            found = [c for name, c in self._children.items() if service_of(name) in tier]
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

    async def _launch(self, server: Server) -> Child | None:
        child = await Child.launch(server, self._log)
        if child is not None:
            self._children[server.name] = child
            mark = (server.name, child.process.pid, server.stop_signal, server.stop_seconds)
            self._record.note(*mark)
        return child

    async def _until_ready(self, server: Server, child: Child | None) -> None:
        seconds = await wait_ready(server, child)
        self._log("stack", f"{server.name} is ready after {seconds:.1f} s")

    async def _keep(self, server: Server, child: Child | None) -> None:
        """Watch a child that has answered; start it again where that is wanted.

        Raises:
            ChildExited: it ended by itself, and is not to be started again.
        """
        pause = FIRST_PAUSE
        while child is not None:
            began = time.monotonic()
            try:
                await child.watch()
            except ChildExited as error:
                if not self._restarts and server.name not in ASIDE:
                    raise
                if time.monotonic() - began > STEADY_SECONDS:
                    pause = FIRST_PAUSE
                self._log("stack", f"{error} It is started again in {pause:g} s.")
            else:
                return
            await child.kill()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            child = await self._launch(server)
            with contextlib.suppress(StackError):
                await self._until_ready(server, child)


async def up(assembly: Assembly, *, without: frozenset[str], announce: Announce) -> None:
    """Run everything until we are told to end (SIGINT, SIGTERM, SIGHUP).

    Args:
        assembly: what to run.
        without: what to leave out, of `stack.order.OPTIONAL`; what needs it is left out too.
        announce: called once everything answers and the first world is loaded.

    Raises:
        StackError: something did not come up, or ended by itself; all else is stopped then.
    """
    record = RunRecord(assembly.folders.stack)
    with record.held():
        await record.end_leftovers(assembly.log)
        assembly.check_ports(assembly.needs(without))
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
                restarts = assembly.replicas > 1
                supervisor = Supervisor(record, assembly.log, group, restarts=restarts)
                group.create_task(_until(told))
                group.create_task(_boot(assembly, supervisor, without, announce))
        except BaseExceptionGroup as failures:
            raise _first(failures) from None
        finally:
            if supervisor is not None:
                await supervisor.stop()


async def _boot(
    assembly: Assembly, supervisor: Supervisor, without: frozenset[str], announce: Announce
) -> None:
    async def start(process: str) -> bool:
        try:
            await supervisor.start(await assembly.server(process))
        except (JavaMissing, JarsMissing, JarChanged) as error:
            assembly.log("stack", f"without {process}: {error}")
            return False
        if process == "postgres":
            await assembly.make_databases()
        return True

    running = await start_in_order(assembly.needs(without), start, assembly.log)
    await load_once(assembly, running)
    announce()


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
