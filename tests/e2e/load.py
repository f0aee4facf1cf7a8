"""Reads and posts without a pause, from threads of their own, while a test kills parts."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.client import Client
from tests.e2e.waiting import wait_for

Read = Callable[[Client], dict[str, Any]]
READS: Sequence[Read] = (
    lambda client: client.send("home-timeline", first=10),
    lambda client: client.send("profile", username=client.username),
    lambda client: client.send("search-users", prefix=client.username[:5]),
    lambda client: client.send("following", username=client.username),
    lambda client: client.send("sessions"),
)
POST_ATTEMPTS = 20


@dataclass
class Load:
    """What was done so far.

    Attributes:
        reads: how many reads came back whole.
        failed: what came instead: answers with errors, and requests without an answer.
        posted: the ids of the tweets, in order.
    """

    reads: int = 0
    failed: list[object] = field(default_factory=list[object])
    posted: list[str] = field(default_factory=list[str])
    ended: threading.Event = field(default_factory=threading.Event)

    def goes_on(self, reads: int = 10, posts: int = 2) -> None:
        """Wait until so many more of each are done."""
        wanted = (self.reads + reads, len(self.posted) + posts)
        wait_for(
            lambda: (self.reads, len(self.posted)),
            lambda done: done[0] >= wanted[0] and done[1] >= wanted[1],
            seconds=60,
        )

    def read(self, client: Client) -> None:
        """Read one after the other until it ends; a read is never repeated."""
        while not self.ended.is_set():
            for read in READS:
                self._note(read, client)

    def _note(self, read: Read, client: Client) -> None:
        try:
            answer = read(client)
        except httpx.HTTPError as error:
            self.failed.append(error)
            return
        if "errors" in answer:
            self.failed.append(answer)
        else:
            self.reads += 1

    def post(self, client: Client) -> None:
        """Post one tweet after the other until it ends."""
        while not self.ended.is_set():
            self.posted.append(post_surely(client, f"Number {len(self.posted)}"))


def post_surely(client: Client, text: str) -> str:
    """Post as a front end does: again with the same key until it is known what became of it."""
    post = {"text": text, "idempotencyKey": uuid.uuid4().hex}
    answer: dict[str, Any] = {}
    for _ in range(POST_ATTEMPTS):
        answer = client.send("post-tweet", input=post)
        payload = (answer.get("data") or {}).get("postTweet")
        if payload is not None:
            return payload["tweet"]["id"]
        time.sleep(0.1)
    raise AssertionError(f"not posted: {answer}")


@contextmanager
def running(reader: Client, poster: Client) -> Generator[Load]:
    """Read and post while the block runs."""
    load = Load()
    threads = [
        threading.Thread(target=load.read, args=(reader,)),
        threading.Thread(target=load.post, args=(poster,)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.ended.set()
        for thread in threads:
            thread.join()
