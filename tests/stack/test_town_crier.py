from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError

import pytest

from stack import town_crier as town_criers
from stack.client import Person, Refused, Session
from stack.ports import free_port
from stack.town_crier import TEXTS, TownCrier
from tests.e2e.client import Client
from tests.e2e.system import System

PASSWORD = "correct horse battery"


@pytest.fixture
def demo(whole: System) -> Client:
    client = Client(whole.http)
    client.sign_up("demo")
    return client


@pytest.fixture
def crier() -> Person:
    return Person(f"crier_{uuid.uuid4().hex[:8]}", PASSWORD)


def at_work(whole: System, crier: Person, demo: Client, *, kept: int = 3) -> TownCrier:
    # The first router is away: the next one is asked.
    routers = [f"http://127.0.0.1:{free_port()}", whole.url("router")]
    town_crier = TownCrier(routers, crier, Person(demo.username, PASSWORD), kept)
    with pytest.raises(URLError):
        town_crier.cry()
    return town_crier


def posts(client: Client, crier: Person) -> list[str]:
    """Texts of what lives, the oldest first."""
    edges = client.data("profile", username=crier.username)["user"]["tweets"]["edges"]
    return [edge["node"]["text"] for edge in reversed(edges)]


def test_the_demo_person_follows_who_posts_and_the_oldest_go(
    whole: System, demo: Client, crier: Person
):
    town_crier = at_work(whole, crier, demo)
    for text in TEXTS[:5]:
        assert town_crier.cry() == text
    assert posts(demo, crier) == list(TEXTS[2:5])
    edges = demo.data("following", username=demo.username)["user"]["following"]["edges"]
    assert [edge["node"]["username"] for edge in edges] == [crier.username]
    # The session in which the demo person was made to follow is over.
    assert len(demo.data("sessions")["viewer"]["sessions"]) == 1

    # Started again, it goes on where it was.
    again = at_work(whole, crier, demo)
    assert again.cry() == TEXTS[5]
    assert posts(demo, crier) == list(TEXTS[3:6])


def test_it_goes_on_after_its_router_was_away(whole: System, demo: Client, crier: Person):
    town_crier = at_work(whole, crier, demo)
    assert town_crier.cry() == TEXTS[0]
    router = whole.parts["router"]
    router.kill()
    try:
        with pytest.raises(OSError, match="refused"):
            town_crier.cry()
    finally:
        router.start()
    # Whichever of the two is asked first.
    for _ in range(2):
        try:
            assert town_crier.cry() == TEXTS[1]
            break
        except URLError:
            continue
    assert posts(demo, crier) == list(TEXTS[:2])


def test_a_post_whose_answer_is_lost_is_not_the_last(
    whole: System, demo: Client, crier: Person, monkeypatch: pytest.MonkeyPatch
):
    town_crier = at_work(whole, crier, demo)
    lost: list[str] = []

    class Losing(Session):
        def ask(self, operation: str, variables: Mapping[str, Any]) -> dict[str, Any]:
            answer = super().ask(operation, variables)
            if operation == "post-tweet" and not lost:
                lost.append(operation)
                raise ConnectionResetError
            return answer

    monkeypatch.setattr(town_criers, "Session", Losing)
    with pytest.raises(ConnectionResetError):
        town_crier.cry()
    assert town_crier.cry() == TEXTS[1]
    assert posts(demo, crier) == list(TEXTS[:2])


def test_the_account_of_somebody_else_is_not_taken(whole: System, demo: Client):
    mine = Person(demo.username, "another password")
    town_crier = TownCrier([whole.url("router")], mine, Person(demo.username, PASSWORD))
    with pytest.raises(Refused, match="sign-up"):
        town_crier.cry()
