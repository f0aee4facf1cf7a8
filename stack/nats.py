"""NATS with JetStream on file: one account for the services, one user each, narrow permissions."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client
from nats.js import JetStreamContext

from stack.folders import check_writable
from stack.resolve import find_program
from stack.server import Command

VARIABLE = "NATS_BIN"
SERVICES = ("users", "tweets", "social", "timeline")
USERS = ("admin", "router", *SERVICES)
EVENTS = "MT"
DEAD_LETTERS = "MT_DLQ"
STREAMS = (EVENTS, DEAD_LETTERS)
# What the router follows of the stream, and all it can: the filter stands in the subject.
FOLLOWED_BY_ROUTER = ("mt.v1.users.session.revoked",)
# Who rings and hears which bells.
BELLS = {"timeline": ["mt.live.feed.>"], "tweets": ["mt.live.thread.>"]}
SPACE_MB = 50


@dataclass(frozen=True)
class Nats:
    """A server of our own.

    Attributes:
        program: `nats-server`, 2.12 or later.
        data: folder for its configuration and streams.
        port: TCP port on 127.0.0.1.
        passwords: one for each of `USERS`.
    """

    program: Path
    data: Path
    port: int
    passwords: Mapping[str, str]

    name = "nats"
    stop_signal = signal.SIGTERM
    stop_seconds = 15.0
    ready_seconds = 30.0
    log_file = None

    @property
    def url(self) -> str:
        """URL of the user `admin`, who may do everything in the services' account."""
        return self.url_for("admin")

    def url_for(self, user: str) -> str:
        """MT_NATS_URL of a service, of `router` or of `admin`."""
        return f"nats://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        """Write the configuration, readable by us alone."""
        check_writable(self.data, name=self.name, needed_mb=SPACE_MB)
        self._config.touch(mode=0o600)
        self._config.chmod(0o600)
        self._config.write_text(self.configuration())

    def command(self) -> Command:
        """The server in the foreground."""
        return Command([str(self.program), "-c", str(self._config)])

    async def probe(self) -> None:
        """Ask JetStream for its account's figures as `admin`."""
        await probe(self.url)

    def remove(self) -> None:
        """Delete streams and configuration."""
        shutil.rmtree(self.data, ignore_errors=True)

    def configuration(self) -> str:
        """The server's configuration; NATS reads JSON."""
        users = [
            {"user": user, "password": password} | permissions(user)
            for user, password in self.passwords.items()
        ]
        return json.dumps(
            {
                "listen": f"127.0.0.1:{self.port}",
                "server_name": "microtwitt",
                "jetstream": {
                    "store_dir": str(self.data / "jetstream"),
                    "max_mem": 64_000_000,
                    "max_file": 2_000_000_000,
                },
                "accounts": {"MICROTWITT": {"jetstream": "enabled", "users": users}},
            },
            indent=1,
        )

    @property
    def _config(self) -> Path:
        return self.data / "nats.json"


def permissions(user: str) -> dict[str, object]:
    """What a user may publish and subscribe to; what is not named is refused."""
    if user == "admin":
        return {}
    answers = f"_INBOX.{user}.>"
    if user == "router":
        create = [f"$JS.API.CONSUMER.CREATE.{EVENTS}.*.{one}" for one in FOLLOWED_BY_ROUTER]
        return _allowed(publish=create, subscribe=[answers])
    bells = BELLS.get(user, [])
    publish = [f"mt.v1.{user}.>", "mt.dlq.>", "mt.ask.>", *bells, *jetstream_subjects()]
    return _allowed(publish=publish, subscribe=[answers, f"mt.ask.{user}.>", *bells])


def _allowed(*, publish: list[str], subscribe: list[str]) -> dict[str, object]:
    # Whoever is asked may answer, once, to where the question says; nobody else can write there.
    sides = {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}}
    return {"permissions": {**sides, "allow_responses": True}}


def jetstream_subjects() -> list[str]:
    """Make our streams, make and read our consumers, acknowledge; no purge, delete or restore."""
    per_stream = [
        "STREAM.CREATE.{}",
        "STREAM.UPDATE.{}",
        "STREAM.INFO.{}",
        "CONSUMER.CREATE.{}.>",
        "CONSUMER.DURABLE.CREATE.{}.>",
        "CONSUMER.INFO.{}.>",
        "CONSUMER.MSG.NEXT.{}.>",
    ]
    api = [f"$JS.API.{name.format(stream)}" for stream in STREAMS for name in per_stream]
    return ["$JS.API.INFO", "$JS.API.STREAM.NAMES", *api, *(f"$JS.ACK.{s}.>" for s in STREAMS)]


def find_server(environ: Mapping[str, str]) -> Path:
    """The program: from NATS_BIN, then the PATH, then the wheel."""
    return find_program("nats-server", variable=VARIABLE, environ=environ)


async def probe(url: str) -> None:
    """Connect once and ask JetStream a question."""
    async with jetstream(url) as connected:
        await connected.account_info()


@asynccontextmanager
async def jetstream(url: str) -> AsyncGenerator[JetStreamContext]:
    """A connection for the length of a block, made in one try.

    Raises:
        nats.errors.Error, OSError: NATS is away or refuses.
    """
    client = Client()
    try:
        # Without the client's own pause of two seconds after a try.
        await client.connect(
            url,
            connect_timeout=3,
            allow_reconnect=False,
            reconnect_time_wait=0,
            # With none it would try for ever.
            max_reconnect_attempts=1,
            error_cb=_ignore,
        )
        yield client.jetstream()  # pyright: ignore[reportUnknownMemberType] -- its options are untyped
    finally:
        await client.close()


async def _ignore(_: Exception) -> None:
    # The client prints errors by default; `connect` raises the ones that matter.
    return
