"""Logging in: the same answer and the same work, whoever asks."""

from __future__ import annotations

import asyncio
import unicodedata
import uuid

import pytest
from sqlalchemy import text

from subgraphs.users.model.errors import CredentialsRefused, InputRefused
from subgraphs.users.model.values import Client, NewAccount
from subgraphs.users.service import login, sessions, signup
from tests.subgraphs.users.people import PASSWORD, newcomer, unique, viewer_of


@pytest.fixture
async def alice(resources) -> str:
    name = unique("Alice")
    account = NewAccount(name, f"{name}@Example.org", PASSWORD, None)
    await signup.sign_up(resources, account, Client())
    return name


def attempt(username=None, email=None, password=PASSWORD) -> login.Attempt:
    return login.Attempt(username, email, password)


def wide(name: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in name)


@pytest.mark.parametrize("spell", [str, str.upper, str.lower, str.title, wide])
async def test_a_name_is_taken_in_any_case_and_width(resources, alice, spell):
    by_name = await login.log_in(resources, attempt(username=spell(alice)), Client())
    by_email = await login.log_in(resources, attempt(email=spell(f"{alice}@Example.org")), Client())
    assert viewer_of(by_name.access_token).id == viewer_of(by_email.access_token).id
    assert viewer_of(by_name.access_token).session_id != viewer_of(by_email.access_token).session_id


@pytest.mark.parametrize(
    "names",
    [{}, {"username": ""}, {"username": None, "email": None}, {"username": "", "email": ""}],
)
async def test_seed_login_with_neither_name_nor_email_is_refused(resources, alice, names):
    """`findOneBy({username: undefined})` used to log one in as the first user."""
    with pytest.raises(InputRefused) as refused:
        await login.log_in(resources, attempt(**names), Client())
    assert refused.value.field == ("input", "username")


async def test_login_with_both_name_and_email_is_refused(resources, alice):
    both = attempt(alice, f"{alice}@example.org")
    with pytest.raises(InputRefused):
        await login.log_in(resources, both, Client())


UNKNOWN = [
    attempt(username="nobody_at_all"),
    attempt(username="no user can have this name"),
    attempt(username="x" * 1000),
    attempt(username="nul\x00"),
    attempt(username="half\ud800"),
    attempt(username="' OR 1=1 --"),
    attempt(username="%"),
    attempt(email="nobody@example.org"),
    attempt(email="no address"),
    attempt(email="nul\x00@example.org"),
    attempt(email="' OR '1'='1"),
]


@pytest.mark.parametrize("unknown", UNKNOWN, ids=lambda a: repr(a.username or a.email)[:20])
async def test_an_unknown_name_costs_and_says_what_a_wrong_password_does(
    resources, hasher, alice, unknown
):
    """Counted, not timed: one comparison each, with a hash of the same parameters."""
    before = hasher.compared
    with pytest.raises(CredentialsRefused) as of_wrong:
        await login.log_in(resources, attempt(alice, password="not the password"), Client())
    assert hasher.compared == before + 1
    with pytest.raises(CredentialsRefused) as of_unknown:
        await login.log_in(resources, unknown, Client())
    assert hasher.compared == before + 2
    assert type(of_unknown.value) is type(of_wrong.value)
    assert str(of_unknown.value) == str(of_wrong.value)
    assert of_unknown.value.code is of_wrong.value.code


async def test_an_account_without_a_password_cannot_be_entered(resources, hasher, database, alice):
    query = text("UPDATE users SET password_hash = '!' WHERE username = :name")
    async with database.transaction() as tx:
        await tx.execute(query, {"name": alice})
    before = hasher.compared
    for password in ("!", PASSWORD, "nobody has this password"):
        with pytest.raises(CredentialsRefused):
            await login.log_in(resources, attempt(alice, password=password), Client())
    assert hasher.compared == before + 3


async def test_a_megabyte_of_password_is_refused_before_hashing(resources, hasher, alice):
    before = hasher.compared
    for name in (alice, "nobody_at_all"):
        with pytest.raises(InputRefused) as refused:
            await login.log_in(resources, attempt(name, password="x" * 1_000_000), Client())
        assert refused.value.field == ("input", "password")
    assert hasher.compared == before


async def test_a_password_of_1024_bytes_logs_in_and_one_more_does_not(resources):
    name = unique()
    longest = "é" * 512
    await signup.sign_up(resources, NewAccount(name, f"{name}@a.org", longest, None), Client())
    await login.log_in(resources, attempt(name, password=longest), Client())
    with pytest.raises(InputRefused):
        await login.log_in(resources, attempt(name, password=longest + "x"), Client())


async def test_a_password_is_the_same_from_any_keyboard(resources):
    name, password = unique(), "pässwörd-élève"
    account = NewAccount(name, f"{name}@a.org", unicodedata.normalize("NFC", password), None)
    await signup.sign_up(resources, account, Client())
    apart = unicodedata.normalize("NFD", password)
    assert apart != account.password
    await login.log_in(resources, attempt(name, password=apart), Client())


async def test_seed_token_expires(resources, alice, clock):
    """Tokens used to hold for ever, signed with 'default_secret'."""
    tokens = await login.log_in(resources, attempt(alice), Client())
    assert viewer_of(tokens.access_token).expires_at == int(clock.now.timestamp()) + 600
    assert tokens.expires_in == 600


async def test_a_session_remembers_its_client(resources, alice):
    tokens = await login.log_in(resources, attempt(alice), Client("Firefox", "192.0.2.7"))
    viewer = viewer_of(tokens.access_token)
    newest = (await sessions.sessions_of(resources, uuid.UUID(viewer.id)))[0]
    assert (newest.user_agent, newest.ip) == ("Firefox", "192.0.2.7")


async def test_many_parallel_logins_over_the_real_store_all_succeed(resources):
    names = [(await newcomer(resources))[1] for _ in range(4)]
    attempts = [login.log_in(resources, attempt(name), Client()) for name in names * 10]
    tokens = await asyncio.gather(*attempts)
    assert len({viewer_of(t.access_token).session_id for t in tokens}) == 40
