"""The playground comes whole from the router's own origin, and a browser shows its tabs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.system import ROOT, System

# A new profile without the browser's own traffic; root has no sandbox.
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(
    not (ROOT / "web" / "playground" / "dist" / "index.html").exists(),
    reason="the playground is not built: `make web`",
)


def test_everything_on_the_page_is_of_its_own_origin(system: System):
    page = system.http.get("/")
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    parts = [path for path in named if not path.startswith("data:")]
    assert parts
    assert all(path.startswith("/") and not path.startswith("//") for path in parts)
    assert {system.http.get(path).status_code for path in parts} == {200}
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_the_page_learns_the_demo_login(system: System):
    login = system.http.get("/playground.json").json()["demo"]
    assert set(login) == {"username", "password"}


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")
def test_a_browser_shows_the_ready_tabs(system: System, tmp_path: Path):
    profile = [f"--user-data-dir={tmp_path}", "--virtual-time-budget=20000"]
    shown = subprocess.run(
        ["chromium", *QUIET, *profile, "--dump-dom", f"{system.url('router')}/"],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    ).stdout
    assert all(name in shown for name in ("LogIn", "PostTweet", "Home", "SearchTweets"))
