"""One running system for all end-to-end tests of a run, and the same in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import new_nats
from tests.e2e.in_process import client_of_network
from tests.e2e.system import System
from tests.network import settings_for
from tests.servers import Servers


@pytest.fixture(scope="session")
def system(servers: Servers) -> Iterator[System]:
    """The system as separate processes; a test that kills a part starts it again."""
    system = System(servers)
    try:
        system.start()
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="module")
def network(
    servers: Servers,
    service_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    """A client of the system in this process, which has a NATS of its own."""
    nats = new_nats(servers)
    running = servers.start(nats)
    folder = tmp_path_factory.mktemp("network")
    with client_of_network(settings_for(service_database, nats.url_for, folder)) as client:
        yield client
    servers.end(running)


@pytest.fixture(scope="module", params=["processes", "in-process"])
def http(request: pytest.FixtureRequest) -> httpx.Client:
    """A client of the router, over separate processes and over one."""
    if request.param == "processes":
        system: System = request.getfixturevalue("system")
        return system.http
    return request.getfixturevalue("network")
