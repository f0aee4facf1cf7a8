"""Two processes of each service: any one may be killed under load, and nobody notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle

import pytest

from tests.e2e.client import Client, tweets_of
from tests.e2e.live import LiveClients, NodeClients, Stream
from tests.e2e.load import post_surely, running
from tests.e2e.system import System
from tests.e2e.waiting import wait_for

# One of each: for users the one that signs in the other's name too.
ONE_OF_EACH = ("users", "tweets-2", "social-2", "timeline", "router-2")


@pytest.fixture
def alice(system: System) -> Client:
    return signed_up(system, "alice")


@pytest.fixture
def bob(system: System, alice: Client) -> Client:
    """Follows alice."""
    client = signed_up(system, "bob")
    client.home(atLeast=client.follow(alice.id)["token"])
    return client


@pytest.fixture
def killed(system: System) -> Iterator[Callable[[str], None]]:
    """Kills a process; what a test leaves dead is started again."""
    dead: list[str] = []

    def kill(name: str) -> None:
        dead.append(name)
        system.parts[name].kill()

    yield kill
    system.start_again(*dead)


def signed_up(system: System, name: str) -> Client:
    client = Client(system.http)
    client.sign_up(name)
    return client


def home_ids(client: Client) -> list[str]:
    """Every tweet of the home timeline, page by page."""
    found: list[str] = []
    after = None
    while True:
        page = client.home(first=100, after=after)
        found += [tweet["id"] for tweet in tweets_of(page)]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_one_of_each_is_killed_and_no_read_fails(
    system: System, alice: Client, bob: Client, killed: Callable[[str], None]
):
    with running(bob, alice) as load, ThreadPoolExecutor() as threads:
        load.goes_on()
        starting: list[Future[None]] = []
        for name in ONE_OF_EACH:
            killed(name)
            load.goes_on()
            starting.append(threads.submit(system.start_again, name))
        for each in starting:
            each.result()
        load.goes_on()
    assert load.failed == []
    # Each post came once into the follower's page, whichever process was told of it.
    wait_for(lambda: Counter(home_ids(bob)), lambda found: found == Counter(load.posted))
    count = alice.data("home")["viewer"]["user"]["tweetCount"]
    assert count == len(load.posted)


class Listener:
    """Somebody whose client goes on after the last frame, at the next place, when it breaks off.

    Args:
        places: clients of each router, taken in turn.
        client: whose timeline.
        resume: where to begin.
    """

    def __init__(self, places: Sequence[LiveClients], client: Client, resume: str) -> None:
        self.seen: list[str] = []
        self.breaks = 0
        self._places = cycle(places)
        self._client = client
        self._resume = resume
        self._stream = self._opened()

    def listen(self, enough: int) -> None:
        """Listen until so many tweets have come."""
        while len(self.seen) < enough:
            told = self._stream.next()
            assert "complete" not in told, "it was told that nothing more will come"
            frame = (told.get("next") or {}).get("data")
            if frame is None:
                self.breaks += 1
                self._stream.close()
                self._stream = self._opened()
                continue
            event = frame["homeTimelineUpdates"]
            assert event["__typename"] == "TimelineItemAdded", event
            self.seen.append(event["edge"]["node"]["tweet"]["id"])
            self._resume = event["resume"]
        self._stream.close()

    def _opened(self) -> Stream:
        token = self._client.access_token
        place = next(self._places)
        return place.subscribe("home-timeline-updates", token, after=self._resume)


# A replica of timeline has some of the streams; the first router that is listened at has all.
@pytest.mark.parametrize("victim", ["timeline-2", "router-2"])
def test_live_timelines_go_on_where_they_broke(
    system: System,
    node_clients: NodeClients,
    alice: Client,
    killed: Callable[[str], None],
    victim: str,
):
    places = [node_clients.at(system.url(name)) for name in ("router-2", "router")]
    listeners: list[Listener] = []
    for number in range(4):
        person = signed_up(system, f"listener{number}")
        known = person.home(atLeast=person.follow(alice.id)["token"])
        listeners.append(Listener(places, person, known["resume"]))
    with ThreadPoolExecutor(len(listeners)) as threads:
        listening = [threads.submit(each.listen, 12) for each in listeners]
        posted = [post_surely(alice, f"Before {number}") for number in range(4)]
        wait_for(lambda: min(len(each.seen) for each in listeners), lambda least: least > 0)
        killed(victim)
        posted += [post_surely(alice, f"Without it {number}") for number in range(4)]
        system.parts[victim].start()
        posted += [post_surely(alice, f"After {number}") for number in range(4)]
        for each in listening:
            each.result(timeout=60)
    assert any(each.breaks for each in listeners), "nobody listened there"
    for each in listeners:
        assert Counter(each.seen) == Counter(posted)
