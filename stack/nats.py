"""NATS with JetStream on file: one account for the services, one user each, narrow permissions."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from stack.folders import check_writable
from stack.resolve import find_program
from stack.server import Command

VARIABLE = "NATS_BIN"
SERVICES = ("users", "tweets", "social", "timeline")
USERS = ("admin", "router", *SERVICES)
STREAMS = ("MT", "MT_DLQ")
# What the router follows of the stream, and all it can: the filter stands in the subject.
FOLLOWED_BY_ROUTER = ("mt.v1.users.session.revoked",)
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
    asks = {"publish": ["mt.ask.>", "_INBOX.>"], "subscribe": ["_INBOX.>", "mt.live.>"]}
    if user == "router":
        asks["publish"] += [f"$JS.API.CONSUMER.CREATE.MT.*.{one}" for one in FOLLOWED_BY_ROUTER]
        return {"permissions": {side: {"allow": subjects} for side, subjects in asks.items()}}
    publish = [*asks["publish"], f"mt.v1.{user}.>", "mt.dlq.>", "mt.live.>", *jetstream_subjects()]
    subscribe = [*asks["subscribe"], f"mt.ask.{user}.>"]
    return {"permissions": {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}}}


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
    client = Client()
    try:
        # One try a call, without the client's own pause of two seconds after it.
        await client.connect(
            url,
            connect_timeout=3,
            allow_reconnect=False,
            reconnect_time_wait=0,
            max_reconnect_attempts=0,
            error_cb=_ignore,
        )
        await client.jetstream().account_info()  # pyright: ignore[reportUnknownMemberType] -- its options are untyped
    finally:
        await client.close()


async def _ignore(_: Exception) -> None:
    # The client prints errors by default; `connect` raises the ones that matter.
    return
