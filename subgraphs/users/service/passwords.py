"""Password hashes: argon2id, in few threads and with a bounded queue before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from subgraphs.users.model.errors import HashingBusy

Result = TypeVar("Result")

UNUSABLE: Final = "!"
"""Stands for a hash where nobody can log in."""

# 19 MiB, 2 passes: the least that OWASP's password storage cheat sheet names for argon2id. More
# would cost each login more CPU than all else that it does.
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# About what one hash takes; only for the advice when to come back.
MILLISECONDS_EACH: Final = 30


class Passwords:
    """Hashes and compares passwords off the event loop.

    Args:
        threads: how many hash at once; argon2 lets go of the GIL meanwhile.
        queue: how many may wait for a thread.
        hasher: the algorithm with its parameters.
    """

    def __init__(
        self, *, threads: int = 2, queue: int = 128, hasher: PasswordHasher = HASHER
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._threads = threads
        self._room = threads + queue
        self._inside = 0
        self._hasher = hasher
        # Compared with where there is no account, so that it takes as long as where there is one.
        self._dummy = hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Hash a password that was checked.

        Raises:
            HashingBusy: the queue is full.
        """
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Compare a password with a hash; with none, or an unusable one, it costs the same.

        Raises:
            HashingBusy: the queue is full.
        """
        usable = password_hash is not None and password_hash != UNUSABLE
        against = password_hash if password_hash is not None and usable else self._dummy
        return await self._run(lambda: self._verify(against, password)) and usable

    def close(self) -> None:
        """Let the threads end after what they are doing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._inside >= self._room:
            raise HashingBusy(self._inside * MILLISECONDS_EACH // self._threads)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._inside -= 1
