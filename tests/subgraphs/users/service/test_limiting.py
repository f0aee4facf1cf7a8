"""Too many attempts to log in: refused before any hashing, by name and by address."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid

import pytest
from sqlalchemy import text

from chassis.postgres import Database
from subgraphs.users.model.errors import AttemptsSpent, CredentialsRefused
from subgraphs.users.model.values import Client
from subgraphs.users.service import limiting, login
from subgraphs.users.service.limiting import PER_ADDRESS, PER_NAME
from tests.subgraphs.users.people import PASSWORD, newcomer, unique

TEN_MINUTES = 600
WRONG = PASSWORD + "!"


async def attempt(resources, name: str, password: str = WRONG, ip: str | None = None) -> str:
    """Try to log in; how it ended."""
    try:
        await login.log_in(resources, login.Attempt(name, None, password), Client(ip=ip))
    except (AttemptsSpent, CredentialsRefused) as refused:
        return type(refused).__name__
    return "Tokens"


@pytest.fixture
async def alice(resources) -> str:
    return (await newcomer(resources, "alice"))[1]


def some_address() -> str:
    return str(uuid.uuid4())


async def test_many_at_once_on_a_name_are_refused_but_for_ten(resources, hasher, alice):
    """As aliases in one request, too: each field is an attempt, whoever counts first."""
    before = hasher.compared
    ended = await asyncio.gather(*(attempt(resources, alice) for _ in range(40)))
    assert sorted(ended) == ["AttemptsSpent"] * (40 - PER_NAME) + ["CredentialsRefused"] * PER_NAME
    assert hasher.compared == before + PER_NAME


async def test_a_name_that_nobody_has_is_limited_the_same(resources, hasher, alice):
    nobody = unique("nobody")
    for name in (alice, nobody):
        before = hasher.compared
        ended = [await attempt(resources, name) for _ in range(PER_NAME + 2)]
        assert ended == ["CredentialsRefused"] * PER_NAME + ["AttemptsSpent"] * 2
        assert hasher.compared == before + PER_NAME


async def test_spellings_of_a_name_are_one_name(resources, alice):
    for spell in (str.upper, str.lower) * (PER_NAME // 2):
        await attempt(resources, spell(alice))
    assert await attempt(resources, alice, PASSWORD) == "AttemptsSpent"


async def test_one_more_is_let_in_a_tenth_of_the_window_later(resources, clock, alice):
    for _ in range(PER_NAME):
        await attempt(resources, alice)
    with pytest.raises(AttemptsSpent) as refused:
        await login.log_in(resources, login.Attempt(alice, None, PASSWORD), Client())
    wait = TEN_MINUTES / PER_NAME
    assert refused.value.retry_after_ms == wait * 1000
    # Those that are refused do not put it off.
    clock.turn(seconds=wait / 2)
    assert await attempt(resources, alice) == "AttemptsSpent"
    clock.turn(seconds=wait / 2)
    assert await attempt(resources, alice, PASSWORD) == "Tokens"


async def test_who_logs_in_starts_anew(resources, alice):
    for _ in range(3):
        for _ in range(PER_NAME - 1):
            assert await attempt(resources, alice) == "CredentialsRefused"
        assert await attempt(resources, alice, PASSWORD) == "Tokens"


async def test_an_address_that_tries_many_names_is_refused_and_others_are_not(resources, alice):
    guessing, other = some_address(), some_address()
    for _ in range(PER_ADDRESS // 20):
        names = [unique("guessed") for _ in range(20)]
        ended = await asyncio.gather(*(attempt(resources, name, ip=guessing) for name in names))
        assert set(ended) == {"CredentialsRefused"}
    assert await attempt(resources, alice, PASSWORD, guessing) == "AttemptsSpent"
    assert await attempt(resources, alice, PASSWORD, other) == "Tokens"


async def test_what_the_address_refuses_does_not_count_for_the_name(resources, monkeypatch, alice):
    monkeypatch.setattr(limiting, "PER_ADDRESS", 1)
    address = some_address()
    assert await attempt(resources, unique(), ip=address) == "CredentialsRefused"
    for _ in range(PER_NAME + 1):
        assert await attempt(resources, alice, ip=address) == "AttemptsSpent"
    assert await attempt(resources, alice, PASSWORD) == "Tokens"


async def test_logins_that_succeed_do_not_count_for_the_address(resources, monkeypatch, alice):
    monkeypatch.setattr(limiting, "PER_ADDRESS", 1)
    address = some_address()
    for _ in range(3):
        assert await attempt(resources, alice, PASSWORD, address) == "Tokens"


async def test_two_replicas_count_together(resources, database_url, alice):
    other = Database.connect(database_url)
    try:
        replicas = (resources, dataclasses.replace(resources, database=other))
        ended = [await attempt(replicas[n % 2], alice) for n in range(PER_NAME + 1)]
    finally:
        await other.dispose()
    assert ended == ["CredentialsRefused"] * PER_NAME + ["AttemptsSpent"]


async def test_what_is_long_past_is_forgotten_and_nothing_readable_is_kept(
    resources, clock, database
):
    async def keys() -> list[bytes]:
        async with database.session() as session:
            return list(await session.scalars(text("SELECT key FROM attempts")))

    for _ in range(5):
        await attempt(resources, unique(), ip=some_address())
    assert {len(key) for key in await keys()} == {32}
    clock.turn(seconds=TEN_MINUTES + 1)
    while len(before := await keys()) > 1:
        await attempt(resources, "last_one")
        assert len(await keys()) < len(before)
