from __future__ import annotations

import os
import socket

import pytest

from stack.errors import PortInvalid, PortTaken
from stack.ports import DEFAULTS, check_free, free_port, holder, port_of


def test_each_port_can_be_changed():
    for name, default in DEFAULTS.items():
        assert port_of(name, {}) == default
        assert port_of(name, {f"MT_{name.upper()}_PORT": "15000"}) == 15000


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "1e3", "٣"])
def test_what_is_no_port_is_told_with_its_variable(value: str):
    with pytest.raises(PortInvalid, match=f"MT_NATS_PORT={value} is not a port"):
        port_of("nats", {"MT_NATS_PORT": value})


def test_a_taken_port_tells_by_whom_and_what_to_change():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            check_free("redis", port)
    by = holder_text()
    assert str(caught.value) == (
        f"Port {port} for redis is taken{by}: stop that, or set MT_REDIS_PORT to a free port."
    )


def holder_text() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = holder(server.getsockname()[1])
    assert found is None or found.endswith(f"(pid {os.getpid()})")
    return f" by {found}" if found else ""


def test_a_free_port_is_free_and_has_no_holder():
    port = free_port()
    check_free("redis", port)
    assert holder(port) is None
