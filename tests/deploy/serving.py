"""Runs what an image would run: as its user, with its environment and nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress

import pytest

from stack import nats, neo4j, redis
from stack.credentials import new_token_key
from tests.deploy.dockerfile import Image

SECRETS = "/run/microtwitt"
# What reads everywhere and writes nowhere but where the user may: this machine's Python may stand
# in a folder that is root's alone.
READ_ALL = ["--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
LOOK_AGAIN = 0.2


def stores_of(service: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The files that a service finds in its volume, for real stores of its own."""
    nats_server: nats.Nats = request.getfixturevalue("nats_server")
    found = {
        "MT_NATS_URL": nats_server.url_for(service),
        "MT_ROUTER_SECRET": secrets.token_urlsafe(32),
        "MT_CURSOR_SECRET": secrets.token_urlsafe(32),
    }
    if service == "social":
        graph: neo4j.Neo4j = request.getfixturevalue("neo4j_server")
        place = graph.url.removeprefix("bolt://")
        return found | {"MT_NEO4J_URL": f"bolt://neo4j:{graph.password}@{place}"}
    database: Callable[[str], str] = request.getfixturevalue("service_database")
    found["MT_DATABASE_URL"] = database(service)
    if service == "timeline":
        feeds: redis.Redis = request.getfixturevalue("redis_server")
        found["MT_REDIS_URL"] = feeds.url
    if service == "users":
        found["token-key.pem"] = new_token_key()
    return found


def run(image: Image, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start the image's process with other arguments than its CMD's, and wait for its end."""
    return subprocess.run(
        command(image, *arguments),
        cwd=image.path("."),
        env=image.environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def command(image: Image, *arguments: str) -> list[str]:
    program, *rest = image.entry[0]
    assert program == "python"
    return [*as_its_user(image), python_of(image), *rest, *arguments]


def python_of(image: Image) -> str:
    return str(image.path("/opt/venv/bin/python"))


def as_its_user(image: Image) -> list[str]:
    """The words before a command that is to run as USER; who is not root is no less than that."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        return []
    user, _, group = image.user.partition(":")
    return [setpriv, f"--reuid={user}", f"--regid={group}", *READ_ALL]


@contextmanager
def serving(
    image: Image, arguments: list[str], variables: Mapping[str, str]
) -> Generator[dict[str, str]]:
    """Run it until its own health check passes, and end it by the signal that engines send.

    Yields:
        The environment of the process.
    """
    environment = image.environment(**variables)
    with subprocess.Popen(
        command(image, *arguments), cwd=image.path("."), env=environment
    ) as process:
        try:
            while (health := health_of(image, environment)).returncode != 0:
                assert process.poll() is None, "it has ended"
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_AGAIN)
            assert health.stdout
            yield environment
        finally:
            process.terminate()
    # Process 1 is the service itself, which hears the signal and ends in order.
    assert process.returncode == 0
    assert health_of(image, environment).returncode == 1


def health_of(image: Image, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = [python_of(image), *image.health[1:]]
    return subprocess.run(
        words, cwd=image.path("."), env=environment, capture_output=True, text=True, check=False
    )
