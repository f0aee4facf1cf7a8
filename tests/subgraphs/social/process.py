"""The service as a process of its own, which a test asks, kills and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from stack.ports import free_port
from subgraphs.social.settings import SocialSettings
from tests.subgraphs.social.asking import Asker
from tests.subgraphs.social.waiting import until

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60.0


class SocialProcess:
    """`python -m subgraphs.social serve`; its output goes to `log`."""

    def __init__(self, settings: SocialSettings, log: Path) -> None:
        port = free_port()
        given = {f"MT_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
        self._environment = given | {"PATH": os.environ["PATH"], "MT_PORT": str(port)}
        self.log = log
        url = f"http://127.0.0.1:{port}"
        self.asker = Asker(httpx.AsyncClient(base_url=url, timeout=SECONDS))

    async def start(self) -> None:
        """Start it and wait until it is alive: not until it is ready."""
        with self.log.open("wb") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "subgraphs.social", "serve"),
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=output,
            )
        await until(lambda: self._says("/health", 200), SECONDS)

    async def ready(self) -> None:
        """Wait until it is."""
        await until(lambda: self._says("/ready", 200), SECONDS)

    async def not_ready(self) -> None:
        """Wait until it says that it is not."""
        await until(lambda: self._says("/ready", 503), SECONDS)

    def terminate(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for its end and give its exit code."""
        return await asyncio.wait_for(self.process.wait(), SECONDS)

    async def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self.asker.http.aclose()

    async def _says(self, path: str, status: int) -> bool:
        assert self.process.returncode is None, self.log.read_text()
        try:
            return (await self.asker.http.get(path)).status_code == status
        except httpx.TransportError:
            return False
