"""The federation gateway audit through our whole router: every suite, every case.

https://github.com/graphql-hive/federation-gateway-audit
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from supergraph.compose import SubgraphSource, compose
from supergraph.execute.http import HttpTransport
from tests.audit.replica import (
    NAMES,
    ReplicaTransport,
    cases,
    load,
    serve,
    supergraph_sdl,
    wrong,
)
from tests.audit.router import Router

FAILING: dict[tuple[str, int], str] = {}
"""Cases that are not right yet, each with the reason; one that starts to pass must go."""


async def audit(suite: str, router: Router) -> None:
    """Ask a suite's cases in order; hold the failures against the known ones, both ways."""
    found: dict[int, str] = {}
    for index, case in enumerate(cases(suite)):
        finding = await judge(router, case)
        if finding is not None:
            found[index] = f"{finding}\n{case['query']}\n{router.plan_of(case['query'])}"
    known = {index for name, index in FAILING if name == suite}
    new = {index: finding for index, finding in found.items() if index not in known}
    assert not new, "\n\n".join(f"{suite} {index}: {finding}" for index, finding in new.items())
    assert known <= set(found), f"passes now: {suite} {known - set(found)}"


async def judge(router: Router, case: dict[str, Any]) -> str | None:
    try:
        return wrong(await router.answer(case["query"]), case["expected"])
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding about this case
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("suite", NAMES)
async def test_supergraphs_of_apollo(suite: str) -> None:
    subgraphs = load(suite)
    await audit(suite, Router(supergraph_sdl(suite), ReplicaTransport(subgraphs)))
    assert not [gap for subgraph in subgraphs.values() for gap in subgraph.gaps]


@pytest.mark.parametrize("suite", NAMES)
async def test_supergraphs_of_our_own(suite: str) -> None:
    subgraphs = load(suite)
    composition = compose(
        [SubgraphSource(name, f"http://{name}", each.sdl) for name, each in subgraphs.items()]
    )
    assert composition.supergraph is not None, composition.errors
    await audit(suite, Router(composition.supergraph, ReplicaTransport(subgraphs)))
    assert not [gap for subgraph in subgraphs.values() for gap in subgraph.gaps]


async def test_plans_that_ignore_provides_are_punished() -> None:
    suite = "nested-provides"
    subgraphs = load(suite, strict=True)
    await audit(suite, Router(supergraph_sdl(suite), ReplicaTransport(subgraphs)))


@asynccontextmanager
async def audit_server() -> AsyncGenerator[str]:
    """The hand-out's server on a free port."""
    server = uvicorn.Server(uvicorn.Config(serve().create_app(), port=0, log_level="warning"))
    running = asyncio.ensure_future(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def test_over_http() -> None:
    async with audit_server() as origin:
        for suite in NAMES:
            urls = {name: [f"{origin}/{suite}/{name}"] for name in load(suite)}
            async with HttpTransport(urls) as transport:
                await audit(suite, Router(supergraph_sdl(suite), transport))
