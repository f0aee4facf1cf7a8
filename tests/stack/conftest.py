from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.system import System
from tests.servers import Servers


@pytest.fixture(scope="session")
def whole(servers: Servers) -> Iterator[System]:
    """One of everything, as separate processes."""
    system = System(servers, replicas=1)
    try:
        system.start()
        yield system
    finally:
        system.stop()
