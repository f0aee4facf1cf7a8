"""Run the router as a process: one port, one or more workers, an orderly end."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FrameType

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from chassis.server import ServiceApp
from chassis.telemetry import configure
from supergraph.model.read_sdl import read_supergraph
from supergraph.serve.access import read_access
from supergraph.serve.app import create_app
from supergraph.serve.configuration import Configuration
from supergraph.serve.graphql_transport_ws.protocol import BoundedWebSocket
from supergraph.serve.override import Overrides
from supergraph.serve.playground import playground_routes
from supergraph.serve.policies import read_policies
from supergraph.serve.router import load_router, read_nats_url, read_secret
from supergraph.serve.transport import open_transport, subgraph_urls

# With the notice before it, well under the ten seconds that orchestrators wait.
_DRAIN_SECONDS = 8
_BACKLOG = 2_048
_UNREAD_MS = 60_000


class PortTaken(OSError):
    """The port is in use: stop what listens there, or choose another with --port."""


@dataclass(frozen=True, slots=True)
class Options:
    """What every worker needs; travels to them as it is.

    Attributes:
        sdl: the supergraph's text.
        traces: `off`, `zipkin:URL` or `file:PATH`.
    """

    sdl: str
    configuration: Configuration
    traces: str = "off"
    log_level: str = "info"


def check(options: Options) -> None:
    """Find every fault that would keep the router from starting, before a port is opened.

    Raises:
        SupergraphInvalid: the text is no supergraph.
        ConfigurationInvalid: the configuration does not fit it, or the environment lacks a
            secret or a URL.
    """
    supergraph = read_supergraph(options.sdl)
    Overrides(supergraph, options.configuration.override_labels)
    read_policies(read_access(supergraph), options.configuration)
    subgraph_urls(supergraph, options.configuration)
    read_secret(options.configuration, os.environ)
    read_nats_url(options.configuration, os.environ)
    playground_routes(options.configuration)


def serve(
    options: Options, host: str, port: int, workers: int, announce: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight, within 10 seconds.

    Args:
        options: what to serve.
        host: address to listen on.
        port: TCP port; 0 takes a free one.
        workers: processes that share the port.
        announce: told the URL when connections are accepted.

    Raises:
        PortTaken: someone listens there already, or the address is not ours.
    """
    listener = _listen(host, port)
    bound: tuple[str, int] = listener.getsockname()[:2]
    announce(f"http://{f'[{bound[0]}]' if ':' in bound[0] else bound[0]}:{bound[1]}")
    config = server_config(partial(build, options), options.configuration, workers)
    if workers > 1:
        Multiprocess(config, [listener]).run()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when all is done; an orderly end is no failure.
        signal.signal(number, _end)
    uvicorn.Server(config).run([listener])


def server_config(
    build: Callable[[], ServiceApp], configuration: Configuration, workers: int = 1
) -> uvicorn.Config:
    """How uvicorn serves the router."""
    return uvicorn.Config(
        build,
        factory=True,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws=BoundedWebSocket,
        ws_max_size=configuration.limits.body_bytes,
        # A small message may not become a large one, and our own pings are answered by clients.
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        backlog=_BACKLOG,
    )


def build(options: Options) -> ServiceApp:
    """The application of one worker."""
    configure("router", traces=options.traces, log_level=options.log_level)
    transport = partial(open_transport, configuration=options.configuration)
    load = partial(load_router, options.sdl, options.configuration, transport)
    return create_app(load, options.configuration)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Connections inherit it: who reads nothing for so long is cut off by the kernel.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(f"{host}:{port} cannot be listened on: {error.strerror}") from error
    return listener


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
