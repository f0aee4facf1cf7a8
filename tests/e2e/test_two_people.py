"""Two people use everything there is, over separate processes and a plain HTTP client."""

from __future__ import annotations

import uuid

from tests.e2e.client import Client
from tests.e2e.system import System


def test_two_people_sign_up_and_use_everything(system: System):
    alice, bob = Client(system.http), Client(system.http)
    alice.sign_up("alice")
    bob.sign_up("bob")
    topic = f"zeppelin{uuid.uuid4().hex[:8]}"

    # post, and read it back with its author at once
    tweet = alice.post(f"Watching the {topic} land, très élégant")
    assert tweet["author"] == {"username": alice.username, "displayName": "Alice"}

    # posting again with the same key gives the same tweet
    key = uuid.uuid4().hex
    first = bob.data("post-tweet", input={"text": f"One {topic}", "idempotencyKey": key})
    again = bob.data("post-tweet", input={"text": f"One {topic}", "idempotencyKey": key})
    assert first["postTweet"]["tweet"]["id"] == again["postTweet"]["tweet"]["id"]

    # reply, like twice, unlike by nobody
    reply = bob.post("Where did it land?", replyToId=tweet["id"])
    for _ in range(2):
        liked = bob.data("like-tweet", id=tweet["id"])["likeTweet"]["tweet"]
        assert (liked["likeCount"], liked["viewerState"]) == (1, {"liked": True})
    thread = alice.data("thread", id=tweet["id"])["tweet"]
    assert [edge["node"]["id"] for edge in thread["replies"]["edges"]] == [reply["id"]]
    assert thread["replies"]["edges"][0]["node"]["author"]["username"] == bob.username
    assert [edge["node"]["username"] for edge in thread["likers"]["edges"]] == [bob.username]
    unliked = bob.data("unlike-tweet", id=tweet["id"])["unlikeTweet"]["tweet"]
    assert (unliked["likeCount"], unliked["viewerState"]) == (0, {"liked": False})

    # search folds case and accents
    for words in (topic, topic.upper(), f"{topic} ELEGANT"):
        found = bob.data("search-tweets", query=words)["searchTweets"]["edges"]
        assert tweet["id"] in [edge["node"]["id"] for edge in found], words

    # page through five more tweets, two at a time, while another arrives
    mine = [alice.post(f"Note {number}")["id"] for number in range(5)] + []
    seen, after = [], None
    while True:
        page = alice.data("home", first=2, after=after)["viewer"]["user"]["tweets"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if after is None:
            late = alice.post("Written between two pages")["id"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [*reversed(mine), tweet["id"]]
    assert late not in seen

    # delete: gone for everyone; the reply stays and shows a tombstone
    assert bob.data("delete-tweet", id=tweet["id"])["deleteTweet"]["code"] == "FORBIDDEN"
    assert alice.data("delete-tweet", id=tweet["id"])["deleteTweet"]["id"] == tweet["id"]
    assert bob.data("thread", id=tweet["id"])["tweet"] is None
    orphan = bob.data("thread", id=reply["id"])["tweet"]
    assert orphan["replyTo"]["reason"] == "DELETED"

    # refresh: the new pair works, the old refresh token does not stay useful for long
    old = alice.refresh_token
    alice.keep(alice.data("refresh", refreshToken=old)["refresh"])
    assert alice.data("sessions")["viewer"]["sessions"]

    # log in once more elsewhere, then log out everywhere: every refresh token is dead
    elsewhere = Client(system.http)
    login = {"username": alice.username.upper(), "password": "correct horse battery"}
    elsewhere.keep(elsewhere.data("log-in", input=login)["logIn"])
    assert len(alice.data("sessions")["viewer"]["sessions"]) == 2
    assert alice.data("log-out", everywhere=True)["logOut"]["__typename"] == "Done"
    for client in (alice, elsewhere):
        refused = client.data("refresh", refreshToken=client.refresh_token)["refresh"]
        assert refused["__typename"] == "BadCredentials"
