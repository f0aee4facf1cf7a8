"""One running system for all end-to-end tests of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.system import System
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
