from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from stack.order import SUBGRAPHS
from stack.rebuild import rebuild
from tests.e2e.client import Client, tweets_of
from tests.e2e.system import System
from tests.e2e.waiting import wait_for
from tests.stack import projections

# It starts everything, with Neo4j.
pytestmark = pytest.mark.timeout(300)

NAMES = ("ada", "bela", "chidi", "dara", "elif", "femi")


@pytest.fixture(scope="module")
def people(whole: System) -> dict[str, Client]:
    """People who have done all that one can do, by calls of the API alone."""
    people = {name: Client(whole.http) for name in NAMES}
    for name, person in people.items():
        person.sign_up(name)
    ids = {name: person.id for name, person in people.items()}
    follow_each_other(people, ids)
    post_like_and_reply(people)
    changed = people["dara"].data("update-profile", input={"displayName": "Dara of the Hill"})
    assert "code" not in changed["updateProfile"]
    return people


def follow_each_other(people: dict[str, Client], ids: dict[str, str]) -> None:
    # The first write after Neo4j's start may take longer than social waits for one.
    first = partial(people["ada"].send, "follow", userId=ids["bela"])
    wait_for(first, lambda answer: "errors" not in answer, seconds=60)
    for place, name in enumerate(NAMES):
        for step in range(1, 4):
            people[name].follow(ids[NAMES[(place + step) % len(NAMES)]])
    # Gone again, and come back: versions matter.
    people["ada"].data("unfollow", userId=ids["bela"])
    people["chidi"].data("unfollow", userId=ids["dara"])
    people["chidi"].follow(ids["dara"])


def post_like_and_reply(people: dict[str, Client]) -> None:
    posted = [
        (name, person.post(f"{name} says {n}")) for n in range(4) for name, person in people.items()
    ]
    for number, (_, tweet) in enumerate(posted):
        for name in NAMES[: number % 4]:
            people[name].data("like-tweet", id=tweet["id"])
        if number % 3 == 0:
            people[NAMES[number % 5]].post(f"re {number}", replyToId=tweet["id"])
    people["bela"].data("unlike-tweet", id=posted[3][1]["id"])
    for name, tweet in posted[::7]:
        people[name].data("delete-tweet", id=tweet["id"])


def pages(people: dict[str, Client]) -> dict[str, list[str]]:
    """The home timeline of each, as read through the router."""
    return {name: texts_of(person.home(first=50)) for name, person in people.items()}


def texts_of(home: dict[str, Any]) -> list[str]:
    return [f"{tweet['author']['displayName']}: {tweet['text']}" for tweet in tweets_of(home)]


async def test_every_projection_comes_again_from_the_truth_alone(
    whole: System, people: dict[str, Client]
):
    await projections.settled(whole)
    before, seen = await projections.read(whole), await asyncio.to_thread(pages, people)
    assert all(len(rows) > 4 for rows in before.values()), before
    assert all(len(page) > 4 for page in seen.values())

    await projections.damage(whole)
    damaged = await projections.read(whole)
    untouched = {name for name, rows in before.items() if damaged[name] == rows}
    assert untouched == {"social.follows"}

    await rebuild(whole.assembly, SUBGRAPHS)
    after = await projections.read(whole)
    for name, rows in before.items():
        assert after[name] == rows, name
    assert await asyncio.to_thread(pages, people) == seen


async def test_what_happens_meanwhile_is_neither_lost_nor_undone(
    whole: System, people: dict[str, Client]
):
    await projections.settled(whole)
    await projections.damage(whole)
    ids = {name: people[name].id for name in NAMES}

    async def live() -> None:
        for number in range(20):
            await asyncio.to_thread(people["femi"].post, f"meanwhile {number}")
        await asyncio.to_thread(people["bela"].follow, ids["femi"])
        await asyncio.to_thread(people["elif"].data, "unfollow", userId=ids["femi"])

    await asyncio.gather(live(), rebuild(whole.assembly, SUBGRAPHS))
    await projections.settled(whole)
    lived = await projections.read(whole)
    # Nothing happens now: made anew once more, everything must be as it is.
    await rebuild(whole.assembly, SUBGRAPHS)
    again = await projections.read(whole)
    for name, rows in again.items():
        assert lived[name] == rows, name
    seen = await asyncio.to_thread(pages, people)
    expected = [f"Femi: meanwhile {number}" for number in reversed(range(20))]
    assert [text for text in seen["bela"] if "meanwhile" in text] == expected
    assert not any(text.startswith("Femi") for text in seen["elif"])
