"""A small world, the same for the same seed: people, tweets, likes, follows.

Each person is drawn from a generator of their own, so that the first n people and their tweets
are the same in a world of any size: a larger world can be loaded over a smaller one.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TypeAlias

from stack import words
from stack.errors import WorldInvalid
from stack.follow_graph import Edge
from stack.names import FIRST_NAMES, LAST_NAMES

Row: TypeAlias = dict[str, str | None]

HOUR = 3_600_000
DAY = 24 * HOUR
BEGIN = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1000
END = BEGIN + 120 * DAY
LARGEST = 1_000_000
DEMO = 3  # who the demo login is: early, so well followed and following


@dataclass(frozen=True)
class Person:
    """A user while the world is made; `number` counts from 0."""

    number: int
    id: str
    topics: tuple[str, str]
    joined: int


@dataclass(frozen=True)
class Post:
    """A tweet while the world is made; times in milliseconds since 1970."""

    id: str
    author: int
    at: int
    text: str
    parent: str | None


@dataclass(frozen=True)
class World:
    """Rows as in the files, each list in the order in which it is loaded."""

    users: list[Row]
    tweets: list[Row]
    likes: list[Row]
    follows: list[Row]


def make_world(users: int, edges: Sequence[Edge], *, seed: int, demo: tuple[str, str]) -> World:
    """Fill a follow graph with people, tweets, replies and likes.

    Args:
        users: how many people, numbered as in `edges`.
        edges: pairs (actor, target).
        seed: another one gives another world.
        demo: username and password of the one person who can log in.

    Raises:
        WorldInvalid: no number of users that can be made.
    """
    if not DEMO < users <= LARGEST:
        raise WorldInvalid(what=f"{users} users", fix=f"ask for {DEMO + 1} to {LARGEST}")
    people = [_person(number, seed) for number in range(users)]
    followed: list[list[int]] = [[] for _ in people]
    for actor, target in edges:
        followed[actor].append(target)
    own = [_posts(person, seed) for person in people]
    replies = [_replies(person, followed[person.number], own, seed) for person in people]
    posts = sorted(itertools.chain(*own, *replies), key=lambda post: (post.at, post.id))
    return World(
        [_user_row(person, seed, demo) for person in people],
        [_tweet_row(post, people) for post in posts],
        list(_likes(people, followed, own, seed)),
        [_follow_row(people[actor], people[target], seed) for actor, target in edges],
    )


def uuid7(random: Random, at: int) -> str:
    """A UUIDv7 of that millisecond, its other bits drawn."""
    fields = (at & (2**48 - 1)) << 80 | 7 << 76 | random.getrandbits(12) << 64
    return str(uuid.UUID(int=fields | 2 << 62 | random.getrandbits(62)))


def name_of(number: int, seed: int) -> tuple[str, str]:
    """Username and display name of a person: no two people share a username.

    Numbers beyond the combinations of names get a number behind their username.
    """
    firsts, lasts = len(FIRST_NAMES), len(LAST_NAMES)
    lap, place = divmod(number, firsts * lasts)
    # A step without a common factor visits every combination once, in no visible order.
    place = (place * 1_949 + seed) % (firsts * lasts)
    first, last = FIRST_NAMES[place % firsts], LAST_NAMES[place // firsts]
    return f"{_plain(first)}_{_plain(last)}{lap or ''}", f"{first} {last}"


def _person(number: int, seed: int) -> Person:
    random = Random(f"{seed}/person/{number}")  # noqa: S311 -- chance, not secrecy, here and below
    # The first come quickly, later ones ever closer to day 90, whatever the size of the world.
    joined = BEGIN + int(90 * DAY * (1 - 1 / (1 + number / 50))) + random.randrange(HOUR)
    one, other = random.sample(sorted(words.TOPICS), 2)
    return Person(number, uuid7(random, joined), (one, other), joined)


def _posts(person: Person, seed: int) -> list[Post]:
    """What a person says unasked: most say little, some say much."""
    random = Random(f"{seed}/posts/{person.number}")  # noqa: S311
    count = min(int(random.paretovariate(1.1)) + 1, 40)
    if person.number == DEMO:
        count = max(count, 12)  # enough to page through
    times = sorted(random.randrange(person.joined + HOUR, END) for _ in range(count))
    said: dict[str, None] = {}
    posts: list[Post] = []
    for at in times:
        text = words.sentence(random, random.choices(person.topics, (3, 1))[0])
        if text not in said:
            said[text] = None
            posts.append(Post(uuid7(random, at), person.number, at, text, None))
    return posts


def _replies(person: Person, followed: list[int], own: list[list[Post]], seed: int) -> list[Post]:
    """Answers to people followed, minutes to a day after their tweet."""
    random = Random(f"{seed}/replies/{person.number}")  # noqa: S311
    replies: list[Post] = []
    for target in followed:
        parent = random.choice(own[target])
        at = max(parent.at, person.joined) + int(random.expovariate(1 / (2 * HOUR))) + 60_000
        if random.random() < 0.25 and at < END:  # noqa: PLR2004 -- one in four
            text = words.reply(random)
            replies.append(Post(uuid7(random, at), person.number, at, text, parent.id))
    return replies


def _likes(
    people: Sequence[Person], followed: list[list[int]], own: list[list[Post]], seed: int
) -> Iterable[Row]:
    """People like some of what those they follow say."""
    for person in people:
        random = Random(f"{seed}/likes/{person.number}")  # noqa: S311
        for target in followed[person.number]:
            for post in own[target]:
                at = max(post.at, person.joined) + int(random.expovariate(1 / (6 * HOUR))) + 5_000
                if random.random() < 0.3:  # noqa: PLR2004 -- three in ten
                    yield {"userId": person.id, "tweetId": post.id, "at": _time(at)}


def _user_row(person: Person, seed: int, demo: tuple[str, str]) -> Row:
    random = Random(f"{seed}/user/{person.number}")  # noqa: S311
    username, display_name = name_of(person.number, seed)
    password = None
    if person.number == DEMO:
        (username, password), display_name = demo, "Demo Person"
    return {
        "id": person.id,
        "username": username,
        "email": f"{username}@example.org",
        "displayName": display_name,
        "bio": words.bio(random, *person.topics),
        "createdAt": _time(person.joined),
        "password": password,
    }


def _tweet_row(post: Post, people: Sequence[Person]) -> Row:
    return {
        "id": post.id,
        "authorId": people[post.author].id,
        "text": post.text,
        "createdAt": _time(post.at),
        "replyToId": post.parent,
    }


def _follow_row(actor: Person, target: Person, seed: int) -> Row:
    random = Random(f"{seed}/follow/{actor.number}/{target.number}")  # noqa: S311
    at = max(actor.joined, target.joined) + random.randrange(HOUR)
    return {"actorId": actor.id, "targetId": target.id, "at": _time(at)}


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def _plain(name: str) -> str:
    """A name in a to z: without accents."""
    spelled = name.lower().replace("ø", "o")
    bare = unicodedata.normalize("NFKD", spelled)
    return re.sub(r"[^a-z]", "", bare)
