"""Two people follow each other live, with the clients of front ends, in processes and in one."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.e2e.client import Client, tweets_of
from tests.e2e.conftest import Origin
from tests.e2e.live import Stream
from tests.e2e.waiting import wait_for

FORBIDDEN = 4403


@pytest.fixture
def alice(origin: Origin) -> Client:
    return signed_up(origin, "alice")


@pytest.fixture
def bob(origin: Origin) -> Client:
    return signed_up(origin, "bob")


def signed_up(origin: Origin, name: str) -> Client:
    client = Client(origin.http)
    client.sign_up(name)
    return client


def live_home(origin: Origin, client: Client, **variables: Any) -> Stream:
    return origin.live.subscribe("home-timeline-updates", client.access_token, **variables)


def thread_of(origin: Origin, client: Client, root: str) -> Stream:
    """A thread that certainly listens: its first frame is its place alone."""
    stream = origin.live.subscribe("thread-replies", client.access_token, rootId=root)
    place = stream.frame()["threadReplies"]
    assert (place["reply"], place["deletedId"], place["gap"]) == (None, None, False)
    return stream


def event(stream: Stream) -> dict[str, Any]:
    return stream.frame()["homeTimelineUpdates"]


def tweet_of(frame: dict[str, Any]) -> dict[str, Any]:
    assert frame["__typename"] == "TimelineItemAdded", frame
    return frame["edge"]["node"]["tweet"]


def begun(origin: Origin, client: Client) -> Stream:
    """A live timeline that certainly listens: it resumes from the page that was read."""
    return live_home(origin, client, after=client.home(first=1)["resume"])


def test_the_tour(origin: Origin, alice: Client, bob: Client):
    payload = bob.follow(alice.id)
    assert payload["relationship"]["following"]
    assert not payload["relationship"]["followedBy"]
    home = bob.home(atLeast=payload["token"])
    live = live_home(origin, bob, after=home["resume"])

    # A post comes whole, with its author's card.
    word = f"heron{uuid.uuid4().hex[:8]}"
    tweet = alice.post(f"A {word} on the wire")
    shown = tweet_of(event(live))
    assert (shown["id"], shown["text"]) == (tweet["id"], f"A {word} on the wire")
    assert shown["author"]["username"] == alice.username

    # A like and a reply; who looks at the thread sees the reply at once.
    liked = bob.data("like-tweet", id=tweet["id"])["likeTweet"]["tweet"]
    assert liked["likeCount"] == 1
    thread = thread_of(origin, alice, tweet["id"])
    reply = bob.post("Look at its beak", replyToId=tweet["id"])
    seen = thread.frame()["threadReplies"]["reply"]
    assert (seen["id"], seen["author"]["username"]) == (reply["id"], bob.username)

    found_by_search(alice, bob, word, tweet["id"])
    paged_back(bob, tweet["id"])

    # Gone for good: live, on the page, and as a tweet.
    assert alice.data("delete-tweet", id=tweet["id"])["deleteTweet"]["id"] == tweet["id"]
    removed = until_removed(live, tweet["id"])
    assert removed["reason"] == "DELETED"
    assert tweet["id"] not in [t["id"] for t in tweets_of(bob.home(first=100)) if t]

    # Out everywhere: the socket closes, and the token that still has minutes to live is refused.
    assert bob.data("log-out", everywhere=True)["logOut"]["__typename"] == "Done"
    assert live.closed() == FORBIDDEN
    refused = wait_for(
        lambda: bob.send_text("query Me { viewer { id } }"), lambda answer: "errors" in answer
    )
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    thread.close()


def found_by_search(alice: Client, bob: Client, word: str, tweet: str) -> None:
    """Tweets by word, people by the beginning of a name, and people of people."""
    found = bob.data("search-tweets", query=word)["searchTweets"]["edges"]
    assert [edge["node"]["id"] for edge in found] == [tweet]
    people = wait_for(
        lambda: bob.data("search-users", prefix=alice.username)["searchUsers"]["edges"], bool
    )
    assert [(edge["node"]["username"], edge["hops"]) for edge in people] == [(alice.username, 1)]
    carol = Client(alice.http)
    carol.sign_up("carol")
    alice.follow(carol.id)

    def reasons() -> list[str]:
        edges = bob.data("suggestions", first=50)["viewer"]["suggestions"]["edges"]
        mine = [e["node"] for e in edges if e["node"]["user"]["username"] == carol.username]
        return [reason["__typename"] for node in mine for reason in node["reasons"]]

    assert "FollowedBy" in wait_for(reasons, lambda kinds: "FollowedBy" in kinds)


def paged_back(client: Client, oldest: str) -> None:
    """Page by page, newest first, nothing twice, down to the tweet that was there first."""
    whole = [tweet["id"] for tweet in tweets_of(client.home(first=100))]
    assert oldest in whole
    seen: list[str] = []
    after = None
    while True:
        page = client.home(first=1, after=after)
        seen += [tweet["id"] for tweet in tweets_of(page)]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == whole


def until_removed(live: Stream, tweet: str) -> dict[str, Any]:
    """The frame that takes a tweet away; own posts and replies come before it."""
    while (frame := event(live))["__typename"] != "TimelineItemRemoved":
        assert tweet_of(frame)["id"] != tweet, "it came twice"
    assert frame["tweetId"] == tweet
    return frame


def test_a_post_reaches_the_follower_through_no_call_of_ours(
    origin: Origin, alice: Client, bob: Client
):
    # Once there was a handler for it that nothing called: timelines stood still.
    bob.follow(alice.id)
    tweet = alice.post("Does anybody carry this?")
    wait_for(lambda: [t["id"] for t in tweets_of(bob.home())], lambda ids: ids == [tweet["id"]])


def test_what_happened_while_nobody_listened_is_replayed_once(
    origin: Origin, alice: Client, bob: Client
):
    bob.follow(alice.id)
    live = begun(origin, bob)
    first = alice.post("Before the break")
    frame = event(live)
    assert tweet_of(frame)["id"] == first["id"]
    live.close()
    missed = [alice.post(f"Missed {number}")["id"] for number in range(3)]
    wait_for(lambda: [t["id"] for t in tweets_of(bob.home())], lambda ids: set(missed) < set(ids))
    resumed = live_home(origin, bob, after=frame["resume"])
    replayed = [event(resumed) for _ in missed]
    assert [tweet_of(each)["id"] for each in replayed] == missed
    assert all(each["replayed"] for each in replayed)
    last = alice.post("Live again")
    assert tweet_of(event(resumed))["id"] == last["id"]
    resumed.close()


def test_unfollowing_takes_the_tweets_away(origin: Origin, alice: Client, bob: Client):
    bob.follow(alice.id)
    tweet = alice.post("You will miss me")
    wait_for(lambda: tweets_of(bob.home()), lambda tweets: len(tweets) == 1)
    live = begun(origin, bob)
    payload = bob.data("unfollow", userId=alice.id)["unfollow"]
    assert not payload["relationship"]["following"]
    frame = event(live)
    assert (frame["tweetId"], frame["reason"]) == (tweet["id"], "UNFOLLOWED")
    assert tweets_of(bob.home(atLeast=payload["token"])) == []
    live.close()


def test_own_posts_are_there_at_once(origin: Origin, alice: Client):
    for number in range(10):
        answer = alice.data(
            "post-tweet", input={"text": f"Mine {number}", "idempotencyKey": uuid.uuid4().hex}
        )["postTweet"]
        page = alice.home(first=1, atLeast=answer["token"])
        assert page["state"] != "DEGRADED"
        assert tweets_of(page)[0]["id"] == answer["tweet"]["id"]


def test_strangers_get_no_live_timeline(origin: Origin):
    refused = origin.live.subscribe("home-timeline-updates", None)
    errors = refused.next()
    assert "UNAUTH" in str(errors), errors
    forged = origin.live.subscribe("home-timeline-updates", "a.b.c")
    assert forged.closed() == FORBIDDEN
