"""Use cases on a real Postgres: what must hold when many do it at once, or over a long life."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.envelope import uuid7
from chassis.postgres import Database
from subgraphs.tweets.model.errors import KeyRefused, KeyReused, TweetMissing, WorldRefused
from subgraphs.tweets.model.ids import time_of
from subgraphs.tweets.model.values import Tweet, UserTweetFilter, Window
from subgraphs.tweets.service import liking, loading, posting, reading, searching

ANN, BOB = uuid7(), uuid7()


async def post(
    database: Database, text: str = "text", *, to: UUID | None = None, key: str | None = None
) -> Tweet:
    return await posting.post(database, posting.new_tweet(ANN, text, to, key or str(uuid7())))


async def count(database: Database, table: str) -> int:
    query = {
        "tweets": "SELECT count(*) FROM tweets",
        "likes": "SELECT count(*) FROM likes",
        "postkeys": "SELECT count(*) FROM postkeys",
        "outbox": "SELECT count(*) FROM outbox",
    }[table]
    async with database.session() as session:
        return await session.scalar(text(query)) or 0


async def versions(database: Database, id: UUID) -> list[int]:
    async with database.session() as session:
        query = text("SELECT aggversion FROM outbox WHERE subject = :id ORDER BY id")
        return list(await session.scalars(query, {"id": str(id)}))


async def test_two_posts_with_one_key_at_once_are_one_tweet(database: Database):
    made = await asyncio.gather(*(post(database, key="k") for _ in range(8)))
    assert len({tweet.id for tweet in made}) == 1
    assert await count(database, "tweets") == await count(database, "outbox") == 1


async def test_two_inputs_with_one_key_at_once_are_one_tweet_and_a_conflict(database: Database):
    made = await asyncio.gather(
        post(database, "one", key="k"), post(database, "two", key="k"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["KeyReused", "Tweet"]
    assert await count(database, "tweets") == 1


async def test_a_key_waits_for_the_post_that_holds_it_and_is_free_after_a_rollback(
    database: Database,
):
    gone = uuid7()
    results = await asyncio.gather(
        post(database, to=gone, key="k"), post(database, to=gone, key="k"), return_exceptions=True
    )
    assert [type(one) for one in results] == [TweetMissing, TweetMissing]
    assert await count(database, "postkeys") == 0
    assert (await post(database, key="k")).text == "text"


async def test_a_key_whose_tweet_was_deleted_makes_no_other(database: Database):
    tweet = await post(database, key="k")
    await posting.delete(database, ANN, tweet.id)
    with pytest.raises(TweetMissing):
        await post(database, key="k")
    with pytest.raises(KeyReused):
        await post(database, "other", key="k")


@pytest.mark.parametrize("key", ["", "x" * 129, "\x00", "\udfff"])
def test_a_key_has_1_to_128_storable_characters(key: str):
    with pytest.raises(KeyRefused) as caught:
        posting.new_tweet(ANN, "text", None, key)
    assert caught.value.field == ("input", "idempotencyKey")


async def test_the_time_of_a_tweet_is_the_time_of_its_id(database: Database):
    tweet = await post(database)
    assert tweet.created_at == time_of(tweet.id)
    assert (await reading.tweets(database, [tweet.id]))[tweet.id] == tweet


async def test_seed_likes_at_once_all_count(database: Database):
    """The seed checked, then inserted: two at once both found nothing there."""
    tweet = await post(database)
    people = [uuid7() for _ in range(20)]
    await asyncio.gather(*(liking.like(database, person, tweet.id) for person in people))
    found = (await reading.tweets(database, [tweet.id]))[tweet.id]
    assert found.like_count == await count(database, "likes") == 20
    assert await versions(database, tweet.id) == list(range(1, 22))


async def test_seed_one_person_liking_at_once_counts_once(database: Database):
    tweet = await post(database)
    await asyncio.gather(*(liking.like(database, BOB, tweet.id) for _ in range(16)))
    found = (await reading.tweets(database, [tweet.id]))[tweet.id]
    assert found.like_count == await count(database, "likes") == 1
    assert await versions(database, tweet.id) == [1, 2]


async def test_likes_and_unlikes_at_once_leave_count_equal_to_rows(database: Database):
    tweet = await post(database)
    people = [uuid7() for _ in range(8)]
    actions = [
        (liking.like, liking.unlike)[(n + m) % 2](database, person, tweet.id)
        for n, person in enumerate(people)
        for m in range(5)
    ]
    await asyncio.gather(*actions)
    found = (await reading.tweets(database, [tweet.id]))[tweet.id]
    assert found.like_count == await count(database, "likes")
    assert await versions(database, tweet.id) == list(range(1, found.version + 1))


async def test_deleting_while_others_like_and_reply_ends_in_one_of_both(database: Database):
    for _ in range(5):
        tweet = await post(database)
        results = await asyncio.gather(
            posting.delete(database, ANN, tweet.id),
            *(liking.like(database, uuid7(), tweet.id) for _ in range(4)),
            *(post(database, to=tweet.id) for _ in range(4)),
            return_exceptions=True,
        )
        assert isinstance(results[0], Tweet)
        assert {type(one) for one in results} <= {Tweet, TweetMissing}
        assert await reading.tweets(database, [tweet.id]) == {}
    assert await count(database, "likes") == 0


async def test_what_fails_leaves_neither_row_nor_event(database: Database):
    tweet = await post(database)
    with pytest.raises(TweetMissing):
        await post(database, to=uuid7())
    with pytest.raises(TweetMissing):
        await liking.like(database, BOB, uuid7())
    assert await count(database, "tweets") == await count(database, "outbox") == 1
    assert await versions(database, tweet.id) == [1]


def lines(path: Path, *objects: object) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    return path


AT = "2026-03-01T09:30:00.123Z"


def tweet_line(id: UUID, text: str, reply_to: UUID | None = None) -> dict[str, object]:
    parent = None if reply_to is None else str(reply_to)
    return {
        "id": str(id),
        "authorId": str(ANN),
        "text": text,
        "createdAt": AT,
        "replyToId": parent,
    }


async def test_loading_a_world_twice_is_loading_it_once(database: Database, tmp_path: Path):
    root, reply, deep = uuid7(), uuid7(), uuid7()
    tweets = lines(
        tmp_path / "tweets.jsonl",
        tweet_line(root, "Café"),
        tweet_line(reply, "reply", root),
        tweet_line(deep, "deep", reply),
    )
    likes = lines(
        tmp_path / "likes.jsonl",
        *({"userId": str(user), "tweetId": str(root), "at": AT} for user in (ANN, BOB, ANN)),
    )
    users = lines(
        tmp_path / "users.jsonl",
        {"id": str(ANN), "username": "ann", "displayName": "Ann", "email": "a@b", "bio": ""},
    )
    for _ in range(2):
        assert await loading.load(database, tweets) == 3
        assert await loading.load(database, likes) == 3
        assert await loading.load(database, users) == 1
    found = await reading.tweets(database, [root, reply, deep])
    assert [(found[one].like_count, found[one].reply_count) for one in (root, reply, deep)] == [
        (2, 1),
        (0, 1),
        (0, 0),
    ]
    assert found[deep].root_id == root
    assert found[deep].reply_to_author_id == ANN
    pages = await reading.user_tweets(database, UserTweetFilter.LIKES, [BOB], Window(5))
    assert [placed.item.id for placed in pages[BOB].items] == [root]
    assert await searching.estimate(database, "cafe") == 1
    # A later file may answer what is there, and like what was liked live.
    await liking.unlike(database, BOB, root)
    late = lines(tmp_path / "late.jsonl", tweet_line(uuid7(), "late", reply))
    await loading.load(database, late)
    again = await reading.tweets(database, [root, reply])
    assert (again[root].like_count, again[reply].reply_count) == (1, 2)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "line 2: Expecting"),
        ("[]", "line 2: is not an object"),
        (json.dumps(tweet_line(uuid7(), "")), "line 2: text: A tweet needs"),
        (
            json.dumps(tweet_line(uuid7(), "x", uuid7())),
            "line 2: replyToId: there is no such tweet",
        ),
        (json.dumps({"id": "1", "authorId": str(ANN)}), "line 2: id: badly formed"),
        (json.dumps({"userId": str(ANN)}), "line 2: tweetId: is missing"),
        (
            json.dumps({"userId": str(ANN), "tweetId": str(uuid7()), "at": AT}),
            "line 2: tweetId: there is no such tweet",
        ),
        (
            json.dumps({"userId": str(ANN), "tweetId": str(uuid7()), "at": "2026-03-01T09:30:00"}),
            "line 2: at: has no time zone",
        ),
    ],
)
async def test_a_bad_line_is_named_and_nothing_of_its_file_is_written(
    database: Database, tmp_path: Path, broken: str, message: str
):
    path = tmp_path / "world.jsonl"
    path.write_text(json.dumps(tweet_line(uuid7(), "good")) + "\n" + broken + "\n")
    with pytest.raises(WorldRefused) as caught:
        await loading.load(database, path)
    assert str(caught.value).startswith(f"world.jsonl, {message}")
    assert "\n" not in str(caught.value)
    assert await count(database, "tweets") == 0
