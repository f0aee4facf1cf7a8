"""The home timeline while a part of it cannot be had: whole edges, null where a tweet is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.client import Client, tweets_of
from tests.e2e.system import System
from tests.e2e.waiting import wait_for

SIZE = 20


@pytest.fixture(scope="module")
def alice(system: System) -> Client:
    client = Client(system.http)
    client.sign_up("alice")
    return client


@pytest.fixture
def bob(system: System, alice: Client) -> Client:
    """Follows alice, who has posted until the page is full."""
    client = Client(system.http)
    client.sign_up("bob")
    client.follow(alice.id)
    for number in range(SIZE - len(own_tweets(alice))):
        alice.post(f"Number {number}")
    wait_for(lambda: client.home(first=SIZE), lambda page: len(whole(page)) == SIZE)
    return client


@pytest.fixture
def without_tweets(system: System, bob: Client) -> Iterator[None]:
    yield from without(system, *system.replicas("tweets"))


@pytest.fixture
def without_nats(system: System, bob: Client) -> Iterator[None]:
    yield from without(system, "nats")


def without(system: System, *names: str) -> Iterator[None]:
    for name in names:
        system.parts[name].kill()
    yield
    system.start_again(*names)


def own_tweets(client: Client) -> list[dict[str, Any]]:
    return client.data("home", first=SIZE)["viewer"]["user"]["tweets"]["edges"]


def whole(page: dict[str, Any]) -> list[dict[str, Any]]:
    """The tweets of a page that came with their text and their author's card."""
    return [t for t in tweets_of(page) if t and t["text"] and t["author"]["username"]]


@pytest.mark.usefixtures("without_tweets")
def test_without_tweets_there_are_all_edges_and_one_error_each(bob: Client):
    answer = bob.send("home-timeline", first=SIZE)
    page = answer["data"]["viewer"]["homeTimeline"]
    assert tweets_of(page) == [None] * SIZE
    assert len({edge["cursor"] for edge in page["edges"]}) == SIZE
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
    edges = ["viewer", "homeTimeline", "edges"]
    paths = [error["path"] for error in answer["errors"]]
    assert paths == [[*edges, number, "node", "tweet"] for number in range(SIZE)]
    assert {error["extensions"]["service"] for error in answer["errors"]} == {"tweets"}


@pytest.mark.usefixtures("without_nats")
def test_a_deleted_tweet_leaves_the_others_whole(system: System, alice: Client, bob: Client):
    # While its deletion cannot be heard of, the timeline still names it.
    gone = own_tweets(alice)[7]["node"]["id"]
    assert alice.data("delete-tweet", id=gone)["deleteTweet"]["id"] == gone
    answer = bob.send("home-timeline", first=SIZE)
    page = answer["data"]["viewer"]["homeTimeline"]
    assert tweets_of(page)[7] is None
    assert len(whole(page)) == SIZE - 1
    place = ["viewer", "homeTimeline", "edges", 7, "node", "tweet"]
    assert all(error["path"][: len(place)] == place for error in answer.get("errors", ()))
    # It is out of the page as soon as it can be.
    system.parts["nats"].start()
    wait_for(
        lambda: bob.send("home-timeline", first=SIZE),
        lambda answer: (
            "errors" not in answer
            and len(whole(answer["data"]["viewer"]["homeTimeline"])) == SIZE - 1
        ),
    )
