"""Everything that one session did is one query over the logs: the one that README gives."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.e2e.client import Client
from tests.e2e.system import ROOT, System
from tests.e2e.waiting import wait_for

SECTION = re.compile(r"^## Follow one person's session\n(.*?)^## ", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
EVERYWHERE = {"router", "users", "tweets", "social", "timeline"}


def query_of(session: str, folder: Path) -> list[Mapping[str, Any]]:
    """Run what README says, in that folder; the lines that it finds."""
    section = SECTION.search((ROOT / "README.md").read_text())
    assert section
    command = COMMAND.search(section[1])
    assert command
    found = subprocess.run(
        ["sh", "-c", command[1].replace("SESSION", session)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert found.stderr == ""
    return [json.loads(line[line.index("{") :]) for line in found.stdout.splitlines()]


def session_of(client: Client) -> str:
    assert client.access_token
    claims = client.access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=="))["sid"]


def test_a_session_is_one_query_over_all_services(system: System, tmp_path: Path):
    begun = system.logged
    alice, bob = Client(system.http), Client(system.http)
    alice.sign_up("alice")
    bob.sign_up("bob")
    bob.home(atLeast=bob.follow(alice.id)["token"])
    tweet = alice.post("Who reads this?")
    bob.data("like-tweet", id=tweet["id"])
    bob.home()
    session = session_of(bob)

    def found() -> list[Mapping[str, Any]]:
        lines = "".join(f"{line}\n" for line in system.logs(begun))
        (tmp_path / "microtwitt.log").write_text(lines)
        return query_of(session, tmp_path)

    lines = wait_for(found, lambda lines: {each["service"] for each in lines} >= EVERYWHERE)
    assert {each["session_id"] for each in lines} == {session}
    assert query_of(session_of(alice), tmp_path) != lines
    assert query_of("00000000-0000-0000-0000-000000000000", tmp_path) == []
