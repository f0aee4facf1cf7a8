"""Two people use everything there is, over a plain HTTP client, twice: in processes and in one."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.e2e.client import Client

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def alice(http: httpx.Client) -> Client:
    return signed_up(http, "alice")


@pytest.fixture(scope="module")
def bob(http: httpx.Client) -> Client:
    return signed_up(http, "bob")


def signed_up(http: httpx.Client, name: str) -> Client:
    client = Client(http)
    client.sign_up(name)
    return client


def test_a_post_is_read_with_its_author_at_once(http: httpx.Client):
    carol = signed_up(http, "carol")
    tweet = carol.post("First words")
    assert tweet["author"] == {"username": carol.username, "displayName": "Carol"}


def test_posting_again_with_the_same_key_gives_the_same_tweet(bob: Client):
    post = {"text": "Only once", "idempotencyKey": uuid.uuid4().hex}
    first = bob.data("post-tweet", input=post)["postTweet"]["tweet"]
    again = bob.data("post-tweet", input=post)["postTweet"]["tweet"]
    assert first == again


def test_reply_and_like_stand_on_the_thread(alice: Client, bob: Client):
    tweet = alice.post("Where does the river end?")
    reply = bob.post("In the sea", replyToId=tweet["id"])
    for _ in range(2):
        liked = bob.data("like-tweet", id=tweet["id"])["likeTweet"]["tweet"]
        assert (liked["likeCount"], liked["viewerState"]) == (1, {"liked": True})
    thread = alice.data("thread", id=tweet["id"])["tweet"]
    assert [edge["node"]["id"] for edge in thread["replies"]["edges"]] == [reply["id"]]
    assert thread["replies"]["edges"][0]["node"]["author"]["username"] == bob.username
    assert [edge["node"]["username"] for edge in thread["likers"]["edges"]] == [bob.username]
    unliked = bob.data("unlike-tweet", id=tweet["id"])["unlikeTweet"]["tweet"]
    assert (unliked["likeCount"], unliked["viewerState"]) == (0, {"liked": False})


def test_search_folds_case_and_accents(alice: Client, bob: Client):
    topic = f"zeppelin{uuid.uuid4().hex[:8]}"
    tweet = alice.post(f"Watching the {topic} land, très élégant")
    for words in (topic, topic.upper(), f"{topic} ELEGANT"):
        found = bob.data("search-tweets", query=words)["searchTweets"]["edges"]
        assert [edge["node"]["id"] for edge in found] == [tweet["id"]], words
        assert found[0]["node"]["author"]["username"] == alice.username


def test_pages_neither_repeat_nor_lose_while_others_post(http: httpx.Client):
    dan = signed_up(http, "dan")
    posted = [dan.post(f"Note {number}")["id"] for number in range(5)]
    seen: list[str] = []
    after = None
    while True:
        page = dan.data("home", first=2, after=after)["viewer"]["user"]["tweets"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        dan.post("Written between two pages")
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == posted[::-1]


def test_a_deleted_tweet_is_gone_and_its_reply_shows_a_tombstone(alice: Client, bob: Client):
    tweet = alice.post("Soon gone")
    reply = bob.post("Pity", replyToId=tweet["id"])
    bob.data("like-tweet", id=tweet["id"])
    assert bob.data("delete-tweet", id=tweet["id"])["deleteTweet"]["code"] == "FORBIDDEN"
    assert alice.data("delete-tweet", id=tweet["id"])["deleteTweet"]["id"] == tweet["id"]
    assert bob.data("thread", id=tweet["id"])["tweet"] is None
    assert bob.data("thread", id=reply["id"])["tweet"]["replyTo"]["reason"] == "DELETED"


def test_refresh_then_log_out_everywhere_ends_every_session(http: httpx.Client):
    here = signed_up(http, "erin")
    here.keep(here.data("refresh", refreshToken=here.refresh_token)["refresh"])
    there = Client(http)
    login = {"username": here.username.upper(), "password": PASSWORD}
    there.keep(there.data("log-in", input=login)["logIn"])
    assert len(here.data("sessions")["viewer"]["sessions"]) == 2
    assert here.data("log-out", everywhere=True)["logOut"]["__typename"] == "Done"
    for client in (here, there):
        # Its access token would be refused before anybody looked at the refresh token.
        client.access_token = None
        refused = client.data("refresh", refreshToken=client.refresh_token)["refresh"]
        assert refused["__typename"] == "BadCredentials"
