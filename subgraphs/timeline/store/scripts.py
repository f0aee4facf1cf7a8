"""One connection pool to Redis, and the scripts that run there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import RedisError

from chassis.telemetry import span

FOLDER: Final = Path(__file__).parent / "lua"
# The words that all scripts share; Redis itself knows no libraries.
SHARED: Final = "feed"
NAMES: Final = ("add", "remove", "follow", "merge", "begin", "fill", "page", "changes")
AT_ONCE: Final = 32
Argument: TypeAlias = "str | bytes | int"

_log: Final = structlog.get_logger(__name__)


class FeedsUnavailable(Exception):
    """Redis is away or did not answer in time; what was asked may have been done or not."""


class Scripts:
    """Runs scripts by name. After a failure Redis is left in peace for a moment.

    Without that, every request would wait for an answer that does not come before it turns to
    the database.

    Args:
        url: MT_REDIS_URL.
        answer_seconds: how long an answer may take.
        pause_seconds: for how long nothing is asked after a failure.
    """

    def __init__(
        self, url: str, *, answer_seconds: float = 1.0, pause_seconds: float = 0.5
    ) -> None:
        pool = ConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] its options are untyped
            url,
            max_connections=AT_ONCE,
            socket_timeout=answer_seconds,
            socket_connect_timeout=answer_seconds,
            # After a restart of Redis the first use of a connection finds it closed.
            retry=Retry(NoBackoff(), 1, supported_errors=(LostConnection,)),
        )
        self.redis = Redis(connection_pool=pool)
        self._scripts = {name: self.redis.register_script(text) for name, text in _texts().items()}
        # A crowd waits here for its turn, and is not taken for a Redis that does not answer.
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._pause = pause_seconds
        self._away_until = 0.0

    async def run(self, name: str, arguments: Sequence[Argument]) -> Any:
        """Run the script `name`; strings in its answer are bytes.

        Raises:
            FeedsUnavailable: Redis is away, or was a moment ago.
        """
        async with self._turns:
            if time.monotonic() < self._away_until:
                raise FeedsUnavailable
            return await self._answer(name, arguments)

    async def _answer(self, name: str, arguments: Sequence[Argument]) -> Any:
        with span(f"redis {name}"):
            try:
                return await self._scripts[name](args=list(arguments))
            except (RedisError, OSError) as error:
                self._away_until = time.monotonic() + self._pause
                _log.warning("redis fails", script=name, error=repr(error))
                raise FeedsUnavailable from error

    async def close(self) -> None:
        """Hang up."""
        await self.redis.aclose()
        await self.redis.connection_pool.disconnect()


def _texts() -> Mapping[str, str]:
    shared = (FOLDER / f"{SHARED}.lua").read_text()
    return {name: f"{shared}\n{(FOLDER / f'{name}.lua').read_text()}" for name in NAMES}
