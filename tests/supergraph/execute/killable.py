"""A subgraph to be killed: `python -m uvicorn tests.supergraph.execute.killable:app`.

It writes the body of each mutation that arrives as a line to the file that MUTATIONS names, and
tells in each answer that it is NAME.
"""

from __future__ import annotations

import asyncio
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    """Answer at leisure, so that a kill finds requests under way at every stage."""
    body = await request.body()
    if b"mutation" in body:
        file = os.open(os.environ["MUTATIONS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, body + b"\n")
        os.close(file)
    await asyncio.sleep(0.005)
    answer = {"data": {"x": "y" * 50_000}, "extensions": {"by": os.environ["NAME"]}}
    return JSONResponse(answer)


app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
