"""Tweets and people by reference, as the router asks, and how many look-ups that takes."""

from __future__ import annotations

from chassis.envelope import uuid7
from chassis.postgres import Database
from tests.subgraphs.tweets.asking import TWEET_FIELDS, Asker, statements, tweet_id, user_id
from tests.subgraphs.tweets.test_schema import ANN, BOB, know


async def test_entities_by_reference(asker: Asker):
    made = await asker.posted(ANN, "hello")
    query = """query ($all: [_Any!]!) { _entities(representations: $all) { __typename
        ... on Tweet { text } ... on User { tweetCount } ... on Viewer { id } } }"""
    asked = [
        {"__typename": "Tweet", "id": made},
        {"__typename": "Tweet", "id": tweet_id(uuid7())},
        {"__typename": "Tweet", "id": "nonsense"},
        {"__typename": "User", "id": user_id(ANN), "username": "left over"},
        {"__typename": "User", "id": made},
        {"__typename": "Viewer", "id": user_id(ANN)},
        {"__typename": "Viewer", "id": user_id(BOB)},
    ]
    with statements() as sent:
        data = await asker.data(query, ANN, all=asked)
    assert data["_entities"] == [
        {"__typename": "Tweet", "text": "hello"},
        None,
        None,
        {"__typename": "User", "tweetCount": 1},
        None,
        {"__typename": "Viewer", "id": user_id(ANN)},
        None,
    ]
    assert len(sent) == 2


async def test_the_author_is_no_look_up_where_only_the_id_is_asked(asker: Asker):
    made = await asker.posted(ANN, "hello")
    assert await asker.tweet(made, "author { id __typename }") == {
        "author": {"id": user_id(ANN), "__typename": "User"}
    }


async def test_an_unknown_author_is_null_with_one_error_and_the_rest_is_served(asker: Asker):
    made = await asker.posted(ANN, "hello")
    answer = await asker.ask(
        f'{{ tweet(id: "{made}") {{ text author {{ username displayName }} }} }}'
    )
    assert answer["data"]["tweet"] == {"text": "hello", "author": None}
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]) == (["tweet", "author"], {"code": "UNAVAILABLE"})


async def statements_of_a_page(asker: Asker, size: int, database: Database) -> int:
    people = [uuid7() for _ in range(size)]
    await know(database, *people)
    root = await asker.posted(people[0], "root")
    for person in people:
        reply = await asker.posted(person, "reply", reply_to=root)
        await asker.posted(ANN, "deeper", reply_to=reply)
    fields = f"""edges {{ node {{ {TWEET_FIELDS}
        conversationRoot {{ __typename }} ancestors {{ __typename }}
        likers(first: 2) {{ edges {{ node {{ id }} }} }}
        replies(first: 2) {{ edges {{ node {{ id }} }} }} }} }}"""
    with statements() as sent:
        page = await asker.user(
            ANN, f"tweets(first: {size}, filter: POSTS_AND_REPLIES) {{ {fields} }}", BOB
        )
    assert len(page["tweets"]["edges"]) == size
    assert page["tweets"]["edges"][0]["node"]["replyTo"]["text"] == "reply"
    return len(sent)


async def test_a_page_takes_as_many_statements_however_long(asker: Asker, database: Database):
    await know(database, ANN)
    # page, cards, likes of the viewer, parents and roots, ancestors, likers, replies
    assert await statements_of_a_page(asker, 3, database) == 7
    assert await statements_of_a_page(asker, 20, database) == 7


async def test_each_place_of_an_operation_looks_for_the_card_or_not(
    asker: Asker, database: Database
):
    """Two lists of the same tweets, of which one alone asks for names."""
    await know(database, ANN)
    made = await asker.posted(ANN, "hello")
    query = """query ($all: [_Any!]!, $again: [_Any!]!) {
        ids: _entities(representations: $all) { ... on Tweet { author { id } } }
        names: _entities(representations: $again) { ... on Tweet { author { ...card } } }
    } fragment card on User { displayName }"""
    given = {"__typename": "Tweet", "id": made}
    for asked, count in ((query, 2), (query.replace("displayName", "id"), 1)):
        with statements() as sent:
            data = await asker.data(asked, all=[given, given], again=[given, given])
        assert [one["author"]["id"] for one in data["ids"]] == [user_id(ANN)] * 2
        assert len(sent) == count
