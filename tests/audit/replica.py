"""The audit's subgraphs, from the hand-out's own server, and how it judges an answer."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from supergraph.execute.transport import SubgraphRequest, SubgraphResponse, SubgraphUnreachable
from tests.shared import shared

Json = Any

SUITES = shared("audit", "suites")
NAMES = sorted(path.name for path in SUITES.iterdir())


@cache
def serve() -> ModuleType:
    """The hand-out's `serve.py`, which is no part of the project."""
    path = shared("audit", "serve.py")
    spec = importlib.util.spec_from_file_location("audit_serve", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(suite: str, *, strict: bool = False) -> dict[str, Json]:
    """A suite's subgraphs by name, as they were at the start."""
    return serve().load(SUITES / suite, strict=strict)


def supergraph_sdl(suite: str) -> str:
    """What Apollo's composer made of the suite."""
    return (SUITES / suite / "supergraph.graphql").read_text()


def cases(suite: str) -> list[dict[str, Json]]:
    """`{query, expected: {data, errors?}}`, to be asked in this order."""
    return json.loads((SUITES / suite / "tests.json").read_text())


def wrong(answer: dict[str, Json], expected: dict[str, Json]) -> str | None:
    """What is wrong with an answer, as the audit judges it; `None` if nothing is."""
    canonical = serve().canonical
    if canonical(answer.get("data")) != canonical(expected.get("data")):
        return f"data {json.dumps(answer)}, not {json.dumps(expected)}"
    if (
        isinstance(expected.get("errors"), bool)
        and bool(answer.get("errors")) != expected["errors"]
    ):
        return f"errors {json.dumps(answer)}"
    return None


@dataclass(frozen=True)
class ReplicaTransport:
    """Hands requests to the recorded subgraphs in this process."""

    subgraphs: dict[str, Json]

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = json.loads(request.body)
        answer = await self.subgraphs[request.subgraph].execute(
            body["query"], body.get("variables"), body.get("operationName")
        )
        # Without data the request itself was refused: no plan may ask what a subgraph has not.
        assert "data" in answer, (request.subgraph, body, answer)
        return SubgraphResponse(200, json.dumps(answer).encode())

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """The audit records no streams."""
        raise SubgraphUnreachable(f"{request.subgraph} has no streams")

    async def close(self) -> None:
        pass
