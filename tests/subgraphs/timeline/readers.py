"""People who listen as clients do: where a connection breaks off, they go on with their token."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from websockets.exceptions import WebSocketException

from tests.subgraphs.timeline.asking import updates
from tests.subgraphs.timeline.replicas import Replica

RETRY_SECONDS = 0.05


class Reader:
    """Somebody who listens at one of several replicas, and at another one when it dies.

    Attributes:
        told: what was heard, in its order: global ids of tweets, and the kind of all else.
        resumed: how often a connection broke off.
    """

    def __init__(self, replicas: Sequence[Replica], first: int, viewer: UUID, token: str) -> None:
        self.viewer = viewer
        self.told = list[str]()
        self.resumed = 0
        self.connected = asyncio.Event()
        self._urls = [replica.url for replica in replicas]
        self._first = first
        self._token = token

    async def listen(self) -> None:
        """Listen until cancelled."""
        for turn in itertools.count(self._first):
            try:
                await self._listen_at(self._urls[turn % len(self._urls)])
            except (WebSocketException, OSError, EOFError):
                await asyncio.sleep(RETRY_SECONDS)
            self.resumed += self.connected.is_set()
            self.connected.clear()

    async def _listen_at(self, url: str) -> None:
        async with updates(url, self.viewer, self._token) as stream:
            self.connected.set()
            async for text in stream.socket:
                message = json.loads(text)
                if message["type"] != "next":
                    return
                self._take(message["payload"])

    def _take(self, payload: Any) -> None:
        if "errors" in payload:
            self.told.append(str(payload["errors"]))
            return
        frame = payload["data"]["homeTimelineUpdates"]
        added = frame["__typename"] == "TimelineItemAdded"
        self.told.append(frame["edge"]["node"]["tweet"]["id"] if added else frame["__typename"])
        self._token = frame["resume"]
