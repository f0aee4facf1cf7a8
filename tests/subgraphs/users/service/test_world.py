"""A file of users: whole or not at all, twice is once, one line says what is wrong."""

from __future__ import annotations

import json
import uuid

import pytest
from sqlalchemy import text

from chassis.envelope import uuid7
from subgraphs.users.model.errors import CredentialsRefused, WorldRefused
from subgraphs.users.model.values import Client
from subgraphs.users.service import login, reading, world
from tests.subgraphs.users.people import PASSWORD, unique


def line(**more) -> dict[str, object]:
    name = unique("w")
    return {
        "id": str(uuid7()),
        "username": name,
        "email": f"{name}@example.org",
        "displayName": "Wanda É.",
        "bio": "",
        "createdAt": "2026-03-01T09:30:00.123Z",
        "password": None,
        **more,
    }


@pytest.fixture
def write(tmp_path):
    def written(*lines):
        path = tmp_path / "users.jsonl"
        texts = (one if isinstance(one, str) else json.dumps(one) for one in lines)
        path.write_text("\n".join(texts) + "\n", encoding="utf-8", errors="surrogatepass")
        return path

    return written


async def test_a_file_is_loaded_once_however_often(database, resources, write, events):
    lines = [line(), line(bio="Hello\nthere"), line()]
    path = write(*lines)
    assert await world.load(database, path) == 3
    assert await world.load(database, path) == 0
    user_id = uuid.UUID(str(lines[1]["id"]))
    user = (await reading.users_by_id(resources, [user_id]))[user_id]
    assert (user.bio, user.display_name, user.version) == ("Hello\nthere", "Wanda É.", 1)
    assert user.created_at.isoformat() == "2026-03-01T09:30:00.123000+00:00"
    assert await events(user_id) == []


async def test_only_an_account_with_a_password_can_be_entered(database, resources, write):
    demo, other = line(password=PASSWORD), line()
    await world.load(database, write(demo, other))
    by_name = login.Attempt(str(demo["username"]), None, PASSWORD)
    await login.log_in(resources, by_name, Client())
    for password in (PASSWORD, "!", ""):
        attempt = login.Attempt(str(other["username"]), None, password)
        with pytest.raises(CredentialsRefused):
            await login.log_in(resources, attempt, Client())


async def test_ten_thousand_users_are_loaded_by_copy(database, write):
    name = uuid.uuid4().hex[:8]
    lines = [line(username=f"{name}_{n}", email=f"{name}{n}@a.org") for n in range(10_000)]
    assert await world.load(database, write(*lines)) == 10_000


BAD = [
    ("no JSON", "line"),
    ("[1]", "line"),
    ({"id": "x"}, "id"),
    ({"id": 5}, "id"),
    ({"username": "a b"}, "username"),
    ({"username": None}, "username"),
    ({"email": "x"}, "email"),
    ({"displayName": "a\x00b"}, "displayName"),
    ({"displayName": "half \ud800"}, "displayName"),
    ({"bio": "x" * 501}, "bio"),
    ({"createdAt": "yesterday"}, "createdAt"),
    ({"createdAt": "2026-03-01T09:30:00"}, "createdAt"),
    ({"password": 5}, "password"),
    ({"password": "x" * 1025}, "password"),
]


@pytest.mark.parametrize(("bad", "field"), BAD, ids=lambda value: str(value)[:24])
async def test_a_bad_line_is_named_and_nothing_is_written(database, write, bad, field):
    good = line()
    path = write(good, bad if isinstance(bad, str) else line(**bad))
    with pytest.raises(WorldRefused) as refused:
        await world.load(database, path)
    assert str(refused.value).startswith(f"{path}:2: {field}: ")
    assert "\n" not in str(refused.value)
    query = text("SELECT count(*) FROM users WHERE id = :id")
    async with database.session() as session:
        assert (await session.scalars(query, {"id": uuid.UUID(str(good["id"]))})).one() == 0
