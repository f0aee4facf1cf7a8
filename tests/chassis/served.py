"""A service as `test_server.py` starts it: one slow and one quick answer behind the gate.

python -m tests.chassis.served PORT
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chassis import telemetry
from chassis.server import run, service_app


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    say(f"asked {scope['path']}")
    if scope["path"] == "/slow":
        # Longer than the notice, shorter than the drain.
        await asyncio.sleep(1.5)
    if scope["path"] == "/endless":
        await asyncio.sleep(600)
    await PlainTextResponse("done")(scope, receive, send)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    say("opened")
    yield
    say("closed")


async def ready() -> None:
    return


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    telemetry.configure("served")
    app = service_app("served", graphql=answer, router_secret=None, ready=ready, lifespan=lifespan)
    run(app, host="127.0.0.1", port=int(sys.argv[1]), drain_seconds=3, notice_seconds=0.5)
