from __future__ import annotations

import json
import re
import unicodedata
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stack import seed
from stack.assembly import Assembly
from stack.credentials import load_credentials
from stack.errors import WorldInvalid
from stack.folders import Folders
from stack.follow_graph import grow
from stack.names import FIRST_NAMES, LAST_NAMES
from stack.words import TOPICS
from stack.world import World, make_world, name_of

DEMO = ("demo", "a password")


def small(users: int = 200, number: int = 1) -> World:
    return make_world(users, grow(users, number), seed=number, demo=DEMO)


@pytest.fixture(scope="module")
def world() -> World:
    return small()


def milliseconds(time: str | None) -> int:
    assert time is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    return round(datetime.fromisoformat(time).timestamp() * 1000)


def test_the_same_seed_makes_the_same_world_and_another_another(world: World):
    assert small() == world != small(number=2)


def test_a_larger_world_keeps_the_people_and_their_tweets(world: World):
    larger = small(300)
    assert larger.users[:200] == world.users
    ours = {row["id"]: row["text"] for row in world.tweets if row["replyToId"] is None}
    theirs = {row["id"]: row["text"] for row in larger.tweets}
    assert ours.items() <= theirs.items()


def test_ids_are_uuid7_of_their_own_time_and_unique(world: World):
    rows = [*world.users, *world.tweets]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        found = uuid.UUID(row["id"])
        assert (found.version, found.variant) == (7, uuid.RFC_4122)
        assert str(found) == row["id"]
        assert found.int >> 80 == milliseconds(row["createdAt"])


def test_people_are_readable_and_unique(world: World):
    usernames = [str(row["username"]) for row in world.users]
    assert len(set(usernames)) == len(usernames)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{2,19}", name) for name in usernames)
    assert all(re.fullmatch(r"[^\W\d_]+ [^\W\d_]+", str(row["displayName"])) for row in world.users)
    assert len({row["email"] for row in world.users}) == len(usernames)


def test_usernames_stay_unique_beyond_the_combinations_of_names():
    combinations = len(FIRST_NAMES) * len(LAST_NAMES)
    names = [name_of(number, 1)[0] for number in range(combinations * 2 + 10)]
    assert len(set(names)) == len(names)
    assert max(len(name_of(number, 1)[0]) for number in range(999_000, 1_000_000)) <= 20


def test_one_person_can_log_in(world: World):
    able = [row for row in world.users if row["password"] is not None]
    assert [(row["username"], row["password"]) for row in able] == [DEMO]
    demo = able[0]["id"]
    assert sum(row["targetId"] == demo for row in world.follows) > 10
    assert sum(row["actorId"] == demo for row in world.follows) > 2
    assert sum(row["authorId"] == demo for row in world.tweets) > 0


def test_tweets_read_like_sentences_and_differ(world: World):
    texts = [str(row["text"]) for row in world.tweets]
    for text in texts:
        assert 1 <= len(text) <= 280
        assert text == unicodedata.normalize("NFC", text).strip()
        assert not re.search(r"[{}]|  ", text)
        assert text[0].isupper() or text[0].isdigit()
    own = [str(row["text"]) for row in world.tweets if row["replyToId"] is None]
    assert len(set(own)) > 0.8 * len(own)


def test_every_slot_of_every_sentence_has_words():
    for name, topic in TOPICS.items():
        slots = {slot for text in topic["_"] for slot in re.findall(r"\{(\w+)\}", text)}
        assert slots - {"number"} <= topic.keys(), name
        assert topic.keys() - {"_"} <= slots, name


def test_tweets_come_in_order_parents_before_replies_and_within_lives(world: World):
    joined = {row["id"]: milliseconds(row["createdAt"]) for row in world.users}
    times = [milliseconds(row["createdAt"]) for row in world.tweets]
    assert times == sorted(times)
    seen: dict[str | None, int] = {}
    for row, at in zip(world.tweets, times, strict=True):
        assert at > joined[row["authorId"]]
        if row["replyToId"] is not None:
            assert seen[row["replyToId"]] < at
        seen[row["id"]] = at
    assert sum(row["replyToId"] is not None for row in world.tweets) > 100
    now = datetime.now(UTC).timestamp() * 1000
    assert max(times) < now


def test_likes_and_follows_are_unique_and_of_people_and_tweets_that_exist(world: World):
    people = {row["id"]: milliseconds(row["createdAt"]) for row in world.users}
    tweets = {row["id"]: milliseconds(row["createdAt"]) for row in world.tweets}
    likes = [(row["userId"], row["tweetId"]) for row in world.likes]
    assert len(set(likes)) == len(likes) > 1000
    for row in world.likes:
        at = milliseconds(row["at"])
        assert at > people[row["userId"]]
        assert at > tweets[row["tweetId"]]
    follows = [(row["actorId"], row["targetId"]) for row in world.follows]
    assert len(set(follows)) == len(follows)
    for row in world.follows:
        assert milliseconds(row["at"]) >= max(people[row["actorId"]], people[row["targetId"]])


@pytest.mark.parametrize("users", [-1, 0, 3, 1_000_001])
def test_a_number_that_cannot_be_made_is_told(users: int):
    with pytest.raises(WorldInvalid, match=f"{users} users: ask for 4 to 1000000"):
        make_world(users, [], seed=1, demo=DEMO)


def test_the_files_hold_the_world_and_only_we_can_read_them(tmp_path: Path, world: World):
    folders = Folders.of(tmp_path, {})
    credentials = load_credentials(folders.stack / "secrets.json")
    assembly = Assembly(folders, {}, credentials, lambda _, __: None)
    mark = folders.stack / "world" / "loaded"
    mark.parent.mkdir()
    mark.touch()
    told = seed.make(assembly, users=200, seed=1, edges=None)
    assert told == (
        f"a world of 200 people, {len(world.tweets):,} tweets, {len(world.likes):,} likes "
        f"and {len(world.follows):,} follows"
    )
    assert not mark.exists()
    for name in ("tweets", "likes", "follows"):
        path = folders.stack / "world" / f"{name}.jsonl"
        assert path.stat().st_mode & 0o077 == 0
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert rows == getattr(world, name)
    users = (folders.stack / "world" / "users.jsonl").read_text(encoding="utf-8")
    assert credentials.demo_password in users
