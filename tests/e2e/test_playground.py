"""The playground comes whole from the router's own origin, and a browser shows its tabs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.browser import Browser, running_browser
from tests.e2e.client import Client, tweets_of
from tests.e2e.system import ROOT, System
from tests.e2e.waiting import wait_for

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


@pytest.fixture
def demo(system: System) -> Client:
    """The person that the page logs in."""
    login = system.http.get("/playground.json").json()["demo"]
    client = Client(system.http)
    email = f"{login['username']}@example.org"
    answer = client.data("sign-up", input=login | {"email": email, "displayName": "Demo"})
    if answer["signUp"]["__typename"] != "AuthTokens":
        answer = {"signUp": client.data("log-in", input=login)["logIn"]}
    client.keep(answer["signUp"])
    return client


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if not shutil.which("chromium"):
        pytest.skip("needs chromium")
    with running_browser(tmp_path) as browser:
        yield browser


def tab(name: str) -> str:
    """A tab's button, as an expression."""
    buttons = "[...document.querySelectorAll('.graphiql-tab-button')]"
    return f"{buttons}.find(button => button.textContent.trim() === '{name}')"


QUERY = "(document.querySelector('.graphiql-query-editor')?.innerText ?? '')"
EXECUTE = "document.querySelector('.graphiql-execute-button')"
# The editor pads with spaces that do not break.
RESULT = "(document.querySelector('.result-window')?.innerText ?? '').replaceAll('\\u00a0', ' ')"


# Which tab the page has stored as the open one: it stores a moment after it has shown it.
STORED = "(state => state && state.tabs[state.activeTabIndex].title)(JSON.parse(localStorage['graphiql:tabState'] ?? 'null'))"  # noqa: E501 one expression


def run(browser: Browser, name: str) -> None:
    """Run a tab as it stands."""
    # Who switches before the editor shows the first tab's text gets that text in the other tab.
    browser.wait_until(f"{QUERY}.includes('{{')")
    browser.click(tab(name))
    browser.wait_until(f"{QUERY}.includes('{name}(')")
    browser.wait_until(f"{STORED} === '{name}'")
    browser.click(EXECUTE)


def show_what_is_posted(browser: Browser, demo: Client, text: str) -> None:
    """Post until the result shows one: the first may come before the page listens."""

    def shown() -> bool:
        demo.post(text)
        return browser.evaluate(f"{RESULT}.includes('{text}')")

    wait_for(shown, bool, seconds=60)


def test_a_browser_shows_the_ready_tabs_and_runs_them(
    system: System, demo: Client, browser: Browser
):
    tweet = demo.post("On the page in the browser")
    wait_for(lambda: [t["id"] for t in tweets_of(demo.home())], lambda ids: tweet["id"] in ids)
    browser.open(f"{system.url('router')}/")
    for name in ("LogIn", "HomeTimeline", "PostTweet", "Suggestions", "SearchTweets", "Home"):
        browser.wait_until(tab(name))
    run(browser, "HomeTimeline")
    wait_for(
        lambda: str(browser.evaluate(RESULT)),
        lambda text: "On the page in the browser" in text,
        seconds=60,
    )


def test_the_live_timeline_moves_and_no_request_leaves_the_origin(
    system: System, demo: Client, browser: Browser
):
    browser.open(f"{system.url('router')}/")
    run(browser, "HomeTimelineUpdates")
    show_what_is_posted(browser, demo, "Seen in a browser")
    browser.reload()
    run(browser, "HomeTimelineUpdates")
    show_what_is_posted(browser, demo, "Seen after reload too")
    schemes = {urlsplit(url).scheme for url in browser.requested}
    assert schemes <= {"http", "ws", "data", "blob"}
    places = {
        urlsplit(url).netloc for url in browser.requested if "://" in url and "blob:" not in url
    }
    assert places == {urlsplit(system.url("router")).netloc}
    assert "ws" in schemes


def test_a_page_whose_session_was_ended_logs_in_anew(
    system: System, demo: Client, browser: Browser
):
    browser.open(f"{system.url('router')}/")
    run(browser, "HomeTimeline")
    browser.wait_until(f"{RESULT}.includes('homeTimeline')")
    demo.data("log-out", everywhere=True)
    # Routers hear of it a moment later.
    asked_until(browser, "UNAUTHENTICATED")
    asked_until(browser, "homeTimeline")


def asked_until(browser: Browser, word: str) -> None:
    """Ask what the open tab asks, over and over."""

    def shown() -> bool:
        browser.click(EXECUTE)
        # A click meanwhile would stop it.
        browser.wait_until(f"{EXECUTE}.ariaLabel.startsWith('Execute')")
        return browser.evaluate(f"{RESULT}.includes('{word}')")

    wait_for(shown, bool, seconds=60)
