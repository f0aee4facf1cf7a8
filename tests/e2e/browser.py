"""A real browser, told what to do over its debugging protocol."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.e2e.waiting import wait_for

# A new profile without the browser's own traffic; root has no sandbox.
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LARGE = "--window-size=1600,3000"
SECONDS = 60.0


class Browser:
    """One page of a running browser.

    Args:
        page: its debugging connection.

    Attributes:
        requested: every URL that the page asked for so far, WebSockets too.
    """

    def __init__(self, page: ClientConnection) -> None:
        self.requested: list[str] = []
        self._numbers = itertools.count(1)
        self._page = page
        for part in ("Network", "Page", "Runtime"):
            self._ask(f"{part}.enable")

    def open(self, url: str) -> None:
        """Go to a page."""
        self._ask("Page.navigate", url=url)

    def reload(self) -> None:
        """Load the page again, and wait until it is another."""
        self.evaluate("window.isOld = true")
        self._ask("Page.reload")
        self.wait_until("!window.isOld")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; none where it fails, or the page is leaving."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer.get("result", {}).get("value")

    def wait_until(self, expression: str) -> None:
        """Wait until an expression is true in the page."""
        wait_for(lambda: self.evaluate(f"Boolean({expression})"), bool, seconds=SECONDS)

    def click(self, expression: str) -> None:
        """Click an element once it is there."""
        self.wait_until(expression)
        self.evaluate(f"{expression}.click()")

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._page.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._page.recv(timeout=SECONDS))
            if told.get("id") == number:
                return told.get("result", {})
            self._note(told)

    def _note(self, told: Mapping[str, Any]) -> None:
        if told.get("method") == "Network.requestWillBeSent":
            self.requested.append(told["params"]["request"]["url"])
        elif told.get("method") == "Network.webSocketCreated":
            self.requested.append(told["params"]["url"])


@contextmanager
def running_browser(folder: Path) -> Generator[Browser]:
    """Run a browser with a profile of its own.

    Args:
        folder: for the profile.
    """
    options = [*QUIET, LARGE, f"--user-data-dir={folder}", "--remote-debugging-port=0"]
    command = ["chromium", *options, "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with connect(_page_in(folder), max_size=None, proxy=None) as page:
                yield Browser(page)
        finally:
            process.terminate()


def _page_in(folder: Path) -> str:
    """Where the page's debugger answers; the browser writes its port down once it listens."""
    file = folder / "DevToolsActivePort"
    lines = wait_for(
        lambda: file.read_text().split("\n") if file.exists() else [],
        lambda lines: len(lines) > 1,
        seconds=SECONDS,
    )
    targets = f"http://127.0.0.1:{lines[0]}/json/list"
    pages = wait_for(
        lambda: [each for each in httpx.get(targets).json() if each["type"] == "page"], bool
    )
    return pages[0]["webSocketDebuggerUrl"]
