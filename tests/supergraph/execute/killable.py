"""A subgraph to be killed: `python -m uvicorn tests.supergraph.execute.killable:app`.

It writes the body of each mutation that arrives as a line to the file that MUTATIONS names.
"""

from __future__ import annotations

import asyncio
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    """Answer at leisure, so that a kill finds requests under way at every stage."""
    body = await request.body()
    if b"mutation" in body:
        file = os.open(os.environ["MUTATIONS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, body + b"\n")
        os.close(file)
    await asyncio.sleep(0.005)
    return Response(b'{"data":{"x":"%b"}}' % (b"y" * 50_000), media_type="application/json")


app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
