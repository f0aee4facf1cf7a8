"""What is asked and answered, through the served app with its consumers stopped."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.envelope import uuid7
from chassis.postgres import Database
from subgraphs.tweets.model.errors import SearchRefused
from subgraphs.tweets.model.values import AuthorCard, Avatar, SearchSort, Window
from subgraphs.tweets.service import searching
from subgraphs.tweets.store import cards
from tests.subgraphs.tweets.asking import (
    TWEET_FIELDS,
    Asker,
    statements,
    tweet_id,
    user_id,
)

PAGE = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ANN, BOB, CYD = uuid7(), uuid7(), uuid7()
FAMILY = "👨🏻‍👩🏻‍👧🏻‍👦🏻"


async def know(database: Database, *users: UUID) -> None:
    """Store author cards, as events would have."""
    async with database.transaction() as session:
        await cards.store_cards(
            session,
            [
                AuthorCard(user, f"user_{n}", f"User {n}", Avatar(f"k{n}", "u", "t", None), 1)
                for n, user in enumerate(users)
            ],
        )


def ids(connection: Any) -> list[str]:
    return [edge["node"]["id"] for edge in connection["edges"]]


async def test_post_and_read_back(asker: Asker, database: Database):
    await know(database, ANN)
    done = await asker.post(ANN, "hello שלום \u202eabc")
    assert done["__typename"] == "TweetPayload"
    tweet = await asker.tweet(done["tweet"]["id"], TWEET_FIELDS, ANN)
    assert tweet | {"createdAt": ""} == {
        "id": done["tweet"]["id"],
        "text": "hello שלום \u202eabc",
        "createdAt": "",
        "likeCount": 0,
        "replyCount": 0,
        "author": {
            "id": user_id(ANN),
            "username": "user_0",
            "displayName": "User 0",
            "avatar": {"key": "k0", "url": "u", "thumbnailUrl": "t", "blurhash": None},
        },
        "viewerState": {"liked": False},
        "replyTo": None,
    }


async def test_viewer_is_answered_from_claims_without_io(asker: Asker):
    with statements() as sent:
        assert (await asker.data("{ viewer { id } }", ANN))["viewer"] == {"id": user_id(ANN)}
        assert (await asker.data("{ viewer { id } }"))["viewer"] is None
    assert sent == []


async def test_nobody_has_no_viewer_state(asker: Asker):
    made = await asker.posted(ANN, "a")
    assert await asker.tweet(made, "viewerState { liked }") == {"viewerState": None}


@pytest.mark.parametrize("action", ["deleteTweet", "likeTweet", "unlikeTweet"])
async def test_nobody_changes_nothing(asker: Asker, action: str):
    answer = await asker.ask(
        f"mutation ($id: ID!) {{ {action}(id: $id) {{ __typename }} }}", id=tweet_id(uuid7())
    )
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "id",
    [
        "",
        "T_",
        "U_" + "A" * 22,
        "T_" + "A" * 21 + "B",
        "T_" + "é" * 22,
        "T_" + "A" * 22,
        "x" * 9000,
        "T_\x00",
    ],
)
async def test_an_id_that_leads_nowhere_is_null_or_not_found(asker: Asker, id: str):
    assert (await asker.data("query ($id: ID!) { tweet(id: $id) { id } }", id=id))["tweet"] is None
    for action in ("deleteTweet", "likeTweet", "unlikeTweet"):
        done = await asker.act(action, ANN, id)
        assert (done["__typename"], done["code"], done["field"]) == (
            "TweetNotFound",
            "NOT_FOUND",
            ["id"],
        )
    reply = await asker.post(ANN, "a reply", reply_to=id)
    assert (reply["__typename"], reply["field"]) == ("TweetNotFound", ["input", "replyToId"])


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "text"),
        (" \n\u200b", "text"),
        ("x" * 281, "text"),
        ("a\x00b", "text"),
        ("x" * 900_000, "text"),
        (FAMILY * 281, "text"),
    ],
)
async def test_text_that_cannot_be_posted_names_its_field(asker: Asker, text: str, field: str):
    done = await asker.post(ANN, text)
    assert (done["__typename"], done["code"], done["field"]) == (
        "InvalidInput",
        "BAD_INPUT",
        ["input", field],
    )


async def test_seed_text_length_counts_characters(asker: Asker):
    done = await asker.post(ANN, FAMILY * 280)
    assert done["tweet"]["text"] == FAMILY * 280


async def test_a_lone_surrogate_in_json_is_refused(asker: Asker):
    # json.dumps writes it as an escape, as a hostile client would.
    done = await asker.post(ANN, "half \ud83d")
    assert (done["__typename"], done["field"]) == ("InvalidInput", ["input", "text"])


@pytest.mark.parametrize("key", ["", "k" * 129, "a\x00", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(asker: Asker, key: str):
    done = await asker.post(ANN, "text", key=key)
    assert (done["__typename"], done["field"]) == ("InvalidInput", ["input", "idempotencyKey"])


async def test_replaying_a_key_gives_the_same_tweet(asker: Asker):
    first = await asker.post(ANN, "once", key="k")
    assert await asker.post(ANN, "once", key="k") == first
    other = await asker.post(ANN, "twice", key="k")
    assert (other["__typename"], other["code"], other["field"]) == (
        "InvalidInput",
        "CONFLICT",
        ["input", "idempotencyKey"],
    )
    assert (await asker.post(BOB, "once", key="k"))["tweet"]["id"] != first["tweet"]["id"]


async def test_only_the_author_deletes(asker: Asker):
    made = await asker.posted(ANN, "mine")
    done = await asker.act("deleteTweet", BOB, made)
    assert (done["__typename"], done["code"]) == ("Forbidden", "FORBIDDEN")
    done = await asker.act("deleteTweet", ANN, made)
    assert (done["__typename"], done["id"]) == ("TweetDeleted", made)
    assert (await asker.act("deleteTweet", ANN, made))["__typename"] == "TweetNotFound"


async def test_seed_second_persons_like_counts(asker: Asker):
    made = await asker.posted(ANN, "likeable")
    for n, person in enumerate([ANN, BOB, CYD], 1):
        done = await asker.act("likeTweet", person, made)
        assert done["tweet"] == {"id": made, "likeCount": n, "viewerState": {"liked": True}}
    # A set operation: again is a success that changes nothing.
    assert (await asker.act("likeTweet", BOB, made))["tweet"]["likeCount"] == 3
    done = await asker.act("unlikeTweet", BOB, made)
    assert done["tweet"] == {"id": made, "likeCount": 2, "viewerState": {"liked": False}}
    assert (await asker.act("unlikeTweet", BOB, made))["tweet"]["likeCount"] == 2
    likers = await asker.tweet(made, f"likers {{ {PAGE} }}")
    assert ids(likers["likers"]) == [user_id(CYD), user_id(ANN)]


async def test_seed_liked_tweet_can_be_deleted_and_leaves_a_tombstone(asker: Asker):
    root = await asker.posted(ANN, "root")
    reply = await asker.posted(BOB, "reply", reply_to=root)
    deep = await asker.posted(CYD, "deep", reply_to=reply)
    await asker.act("likeTweet", BOB, root)
    item = "__typename ... on Tweet { text } ... on TweetTombstone { id reason }"
    fields = f"conversationRoot {{ {item} }} replyTo {{ {item} }} ancestors {{ {item} }}"
    tweet = await asker.tweet(deep, fields)
    assert [item["text"] for item in tweet["ancestors"]] == ["root", "reply"]
    assert tweet["conversationRoot"]["text"] == "root"
    assert (await asker.tweet(root, "replyCount"))["replyCount"] == 1

    assert (await asker.act("deleteTweet", ANN, root))["__typename"] == "TweetDeleted"
    grave = {"__typename": "TweetTombstone", "id": root, "reason": "DELETED"}
    tweet = await asker.tweet(reply, fields)
    assert (tweet["replyTo"], tweet["conversationRoot"]) == (grave, grave)
    tweet = await asker.tweet(deep, fields)
    assert tweet["ancestors"] == [grave, {"__typename": "Tweet", "text": "reply"}]

    await asker.act("deleteTweet", CYD, deep)
    assert (await asker.tweet(reply, "replyCount"))["replyCount"] == 0


async def walk(ask: Callable[[str], Any], first: int) -> list[str]:
    """Page to the end; every page but the last is full, and every flag is true to it."""
    found: list[str] = []
    after = ""
    while True:
        page = await ask(f"first: {first}{after}")
        assert page["pageInfo"]["hasPreviousPage"] is bool(found)
        if page["edges"]:
            assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
            assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        found += ids(page)
        assert len(found) <= 100, "the pages never end"
        if not page["pageInfo"]["hasNextPage"]:
            return found
        assert len(page["edges"]) == first
        after = f', after: "{page["pageInfo"]["endCursor"]}"'


@pytest.mark.parametrize("first", [1, 2, 5, 100])
async def test_seed_a_persons_tweets_have_order_and_pages(asker: Asker, first: int):
    posts = [await asker.posted(ANN, f"post {n}") for n in range(5)]
    replies = [await asker.posted(ANN, "reply", reply_to=posts[n]) for n in range(2)]
    other = await asker.posted(BOB, "other")
    for liked in (posts[3], other, posts[0]):
        await asker.act("likeTweet", ANN, liked)
    expected = {
        "POSTS": posts[::-1],
        "POSTS_AND_REPLIES": replies[::-1] + posts[::-1],
        "LIKES": [posts[0], other, posts[3]],
    }
    for which, wanted in expected.items():

        async def ask(arguments: str, which: str = which) -> Any:
            fields = f"tweets({arguments}, filter: {which}) {{ {PAGE} }}"
            return (await asker.user(ANN, fields))["tweets"]

        assert await walk(ask, first) == wanted
    counts = await asker.user(ANN, "tweetCount likesGivenCount")
    assert counts == {"tweetCount": 7, "likesGivenCount": 3}


async def test_replies_in_both_orders(asker: Asker):
    root = await asker.posted(ANN, "root")
    replies = [await asker.posted(BOB, f"reply {n}", reply_to=root) for n in range(5)]
    for sort, wanted in {"OLDEST": replies, "NEWEST": replies[::-1]}.items():

        async def ask(arguments: str, sort: str = sort) -> Any:
            fields = f"replies({arguments}, sort: {sort}) {{ {PAGE} }}"
            return (await asker.tweet(root, fields))["replies"]

        assert await walk(ask, 2) == wanted


async def search(asker: Asker, query: str, arguments: str = "first: 20") -> Any:
    fields = f"estimatedCount {PAGE}"
    asked = f"query ($query: String!) {{ searchTweets(query: $query, {arguments}) {{ {fields} }} }}"
    return (await asker.data(asked, query=query))["searchTweets"]


@pytest.mark.parametrize("sort", ["RECENT", "RELEVANT"])
async def test_seed_search_pages_do_not_overlap(asker: Asker, sort: str):
    made = [await asker.posted(ANN, "Café " * (1 + n % 3) + f"number {n}") for n in range(7)]
    await asker.posted(ANN, "nothing of the kind")

    async def ask(arguments: str) -> Any:
        page = await search(asker, "CAFE", f"{arguments}, sort: {sort}")
        # A tweet that comes between two pages moves nobody; by relevance it may still come.
        await asker.posted(BOB, "tea, then café")
        return page

    found = await walk(ask, 2)
    assert len(set(found)) == len(found)
    assert set(made) <= set(found)
    if sort == "RECENT":
        assert found == made[::-1]


async def test_search_words_phrases_or_and_not(asker: Asker):
    a = await asker.posted(ANN, "red apples, and pears")
    b = await asker.posted(ANN, "green apples")
    c = await asker.posted(ANN, "Äpfel und Birnen")
    for query, wanted in {
        "apples": {a, b},
        "apples -green": {a},
        '"red apples"': {a},
        '"apples red"': set[str](),
        "pears OR birnen": {a, c},
        "APFEL": {c},
    }.items():
        found = await search(asker, query)
        assert (set(ids(found)), found["estimatedCount"]) == (wanted, len(wanted)), query


async def test_seed_wildcards_are_plain_text(asker: Asker):
    made = await asker.posted(ANN, "100% sure")
    await asker.posted(ANN, "nothing")
    assert ids(await search(asker, "100%")) == [made]
    assert ids(await search(asker, "no%ing")) == []
    assert ids(await search(asker, "n_thing")) == []


@pytest.mark.parametrize("query", ["", "%", "_", "-nothing", "a or -b", "🎉", "x" * 300])
async def test_a_search_without_a_word_is_bad_input(asker: Asker, query: str):
    answer = await asker.ask(
        "query ($query: String!) { searchTweets(query: $query) { estimatedCount } }", query=query
    )
    assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "argument": "query"}


HOSTILE = [
    "' OR 1=1 --",
    "'; DROP TABLE tweets; --",
    "a & b | !c:*",
    "<-> <1> (((",
    "a:b*",
    "\\",
    '"',
    '"a -"b',
    "$1 :query %(query)s",
    "\x00\ud800",
    "a" * 256,
    "ﷺ" * 256,
    "\U0001d518" * 256,
]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=st.one_of(st.sampled_from(HOSTILE), st.text(), st.text(alphabet="ab\"'-|&!:*() <>")))
def test_any_query_is_answered_or_bad_input(database_url: str, query: str):
    refused: list[tuple[str, ...]] = []

    async def run() -> None:
        database = Database.connect(database_url, pool_size=1)
        try:
            for sort in SearchSort:
                await searching.search(database, query, sort, Window(5))
            await searching.estimate(database, query)
        except SearchRefused as error:
            refused.append(error.field)
        finally:
            await database.dispose()

    asyncio.run(run())
    assert set(refused) <= {("query",)}


@pytest.mark.parametrize("text", [*HOSTILE[:9], "<script>alert(1)</script>", "{{7*7}} ${x}"])
async def test_hostile_text_is_text(asker: Asker, text: str):
    made = await asker.posted(ANN, text)
    assert await asker.tweet(made, "text") == {"text": text}


@pytest.mark.parametrize("first", [0, -1, 101, 2_000_000_000])
async def test_seed_page_size_has_a_cap(asker: Asker, first: int):
    made = await asker.posted(ANN, "word")
    for asked, at in {
        f'{{ searchTweets(query: "word", first: {first}) {{ estimatedCount }} }}': "searchTweets",
        f'{{ tweet(id: "{made}") {{ replies(first: {first}) {{ {PAGE} }} }} }}': "tweet",
        f'{{ tweet(id: "{made}") {{ likers(first: {first}) {{ {PAGE} }} }} }}': "tweet",
    }.items():
        answer = await asker.ask(asked)
        assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "argument": "first"}
        assert answer["errors"][0]["path"][0] == at
    page = await asker.user(ANN, f"tweets(first: null) {{ {PAGE} }}")
    assert ids(page["tweets"]) == [made]


async def cursors(asker: Asker) -> dict[str, str]:
    """One cursor of each kind of list, by the field that takes it."""
    one = await asker.posted(ANN, "word one")
    two = await asker.posted(ANN, "word two")
    for tweet in (one, two):
        await asker.posted(BOB, "reply", reply_to=tweet)
        await asker.act("likeTweet", BOB, tweet)
    fields = {
        f'{{ tweet(id: "{one}") {{ found: replies(%s) {{ {PAGE} }} }} }}',
        f'{{ tweet(id: "{two}") {{ found: replies(%s) {{ {PAGE} }} }} }}',
        f'{{ tweet(id: "{one}") {{ found: replies(sort: NEWEST, %s) {{ {PAGE} }} }} }}',
        f'{{ tweet(id: "{one}") {{ found: likers(%s) {{ {PAGE} }} }} }}',
        f'{{ found: searchTweets(query: "word", %s) {{ {PAGE} }} }}',
        f'{{ found: searchTweets(query: "one", %s) {{ {PAGE} }} }}',
        f'{{ found: searchTweets(query: "word", sort: RELEVANT, %s) {{ {PAGE} }} }}',
    }
    made: dict[str, str] = {}
    for field in sorted(fields):
        data = await asker.data(field % "first: 1")
        made[field] = (data.get("tweet") or data)["found"]["edges"][0]["cursor"]
    return made


async def test_a_cursor_belongs_to_its_list_alone(asker: Asker):
    made = await cursors(asker)
    for field in made:
        for origin, cursor in made.items():
            answer = await asker.ask(field % f'after: "{cursor}"')
            if origin == field:
                assert "errors" not in answer, answer
            else:
                extensions = answer["errors"][0]["extensions"]
                assert extensions == {"code": "BAD_INPUT", "argument": "after"}


async def test_a_tampered_cursor_is_bad_input(asker: Asker):
    field, cursor = next(iter((await cursors(asker)).items()))
    body, signature = cursor.rsplit(".", 1)
    other = base64.urlsafe_b64encode(json.dumps([str(ANN), str(BOB), 0]).encode()).decode()
    tampered = ["", "x", body, f"{other}.{signature}", f"{body}.{signature[::-1]}", "é", "y" * 2000]
    for after in tampered:
        answer = await asker.ask(field % f"after: {json.dumps(after)}")
        assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "argument": "after"}
