"""What bad input and dead parts get: a typed answer, nothing half-written, the rest served."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.e2e.client import Client
from tests.e2e.system import System
from tests.e2e.waiting import wait_for

JSON = {"content-type": "application/json", "accept": "application/graphql-response+json"}


@pytest.fixture(scope="module")
def alice(system: System) -> Client:
    client = Client(system.http)
    client.sign_up("alice")
    return client


@pytest.fixture
def without_tweets(system: System) -> Iterator[None]:
    for name in system.replicas("tweets"):
        system.parts[name].kill()
    yield
    system.start_again(*system.replicas("tweets"))


@pytest.fixture
def without_nats(system: System) -> Iterator[None]:
    system.parts["nats"].kill()
    yield
    system.start_again("nats")


@pytest.mark.parametrize(
    ("post", "code"),
    [
        ({"text": ""}, "BAD_INPUT"),
        ({"text": " \n "}, "BAD_INPUT"),
        ({"text": "x" * 281}, "BAD_INPUT"),
        ({"text": "nul \0 byte"}, "BAD_INPUT"),
        ({"text": "hi", "idempotencyKey": ""}, "BAD_INPUT"),
        ({"text": "hi", "replyToId": "nonsense"}, None),
        ({"text": "hi", "replyToId": "T_AZQ5lCxHcEiBfyQWSqIP8w"}, "NOT_FOUND"),
    ],
)
def test_a_bad_post_names_what_is_wrong(alice: Client, post: dict[str, str], code: str | None):
    before = alice.data("home")["viewer"]["user"]["tweetCount"]
    key = {"idempotencyKey": uuid.uuid4().hex}
    answer = alice.data("post-tweet", input=key | post)["postTweet"]
    assert answer["__typename"] != "TweetPayload"
    assert answer["field"][0] == "input"
    assert code is None or answer["code"] == code
    assert alice.data("home")["viewer"]["user"]["tweetCount"] == before


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_forged_token_is_refused_with_its_reason(system: System, token: str):
    headers = JSON | {"authorization": f"Bearer {token}"}
    answer = system.http.post("/graphql", json={"query": "{viewer{id}}"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', '{"query": 7}'])
def test_a_body_that_is_no_request_is_refused_with_its_reason(system: System, body: str):
    answer = system.http.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


def test_a_foreign_cursor_names_its_argument(alice: Client):
    answer = alice.send("home", first=2, after="bm90IG91cnM")
    assert answer["data"]["viewer"]["user"]["tweets"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert "after" in str(answer["errors"][0])


def test_subgraphs_refuse_whoever_is_not_the_router(system: System):
    for name in ("users", "tweets-2", "social", "timeline"):
        for query in (
            "{_service{sdl}}",
            "{viewer{id}}",
            "{_entities(representations:[]){__typename}}",
        ):
            answer = system.http.post(f"{system.url(name)}/graphql", json={"query": query})
            assert answer.status_code == 401, (name, query)


@pytest.mark.usefixtures("without_tweets")
def test_a_dead_subgraph_costs_its_own_fields_and_nothing_else(alice: Client):
    answer = alice.send("profile", username=alice.username)
    user = answer["data"]["user"]
    assert user["username"] == alice.username
    assert (user["tweets"], user["tweetCount"], user["likesGivenCount"]) == (None, None, None)
    # A request that never came back has no path of its own: it stands where it was needed.
    assert [error["path"] for error in answer["errors"]] == [["user"]]
    assert {error["extensions"]["service"] for error in answer["errors"]} == {"tweets"}
    assert alice.data("sessions")["viewer"]["email"].startswith(alice.username)


@pytest.mark.usefixtures("without_nats")
def test_tweets_are_accepted_while_nats_is_away(system: System):
    bob = Client(system.http)
    bob.sign_up("bob")
    answer = bob.send("post-tweet", input={"text": "Heard later", "idempotencyKey": "one"})
    tweet = answer["data"]["postTweet"]["tweet"]
    assert tweet["text"] == "Heard later"
    # The author's card can neither have arrived nor be asked for: null, and it says so.
    assert tweet["author"] is None
    assert answer["errors"][0]["path"] == ["postTweet", "tweet", "author"]
    system.parts["nats"].start()
    wait_for(
        lambda: bob.send("thread", id=tweet["id"])["data"]["tweet"]["author"],
        lambda author: author is not None and author["username"] == bob.username,
    )
