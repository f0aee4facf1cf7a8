"""Signing up: all or nothing, and a clash says which field."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from subgraphs.users.model.errors import Code, InputRefused, Taken, WeakPassword
from subgraphs.users.model.values import Client
from subgraphs.users.service import reading, signup
from tests.subgraphs.users.people import account, unique, viewer_of


async def test_sign_up_makes_an_account_a_session_and_two_events(resources, events):
    name = unique("Alice")
    tokens = await signup.sign_up(resources, account(name), Client("Firefox", "10.0.0.1"))
    viewer = viewer_of(tokens.access_token)
    (user,) = (await reading.users_by_name(resources, [name.upper()])).values()
    assert (str(user.id), user.username, user.display_name) == (viewer.id, name, name)
    assert tokens.expires_in == 600
    recorded = await events(user.id)
    assert [(e.type, e.aggversion) for e in recorded] == [
        ("users.account.created", 1),
        ("users.profile.updated", 2),
    ]
    assert user.version == 2


async def test_a_password_is_stored_as_argon2id(resources, database):
    name = unique()
    await signup.sign_up(resources, account(name), Client())
    query = text("SELECT password_hash FROM users WHERE username = :name")
    async with database.session() as session:
        stored = (await session.scalars(query, {"name": name})).one()
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("taken", "field"),
    [({"username": "{0}"}, "username"), ({"email": "{0}@example.org"}, "email")],
)
async def test_seed_signup_clash_names_the_field(resources, hasher, taken, field):
    """Any clash used to be "Signup failed. Please check inputs"."""
    name = unique("bob")
    await signup.sign_up(resources, account(name), Client())
    hashed = hasher.hashed
    same = {key: value.format(name).upper() for key, value in taken.items()}
    with pytest.raises(Taken) as refused:
        await signup.sign_up(resources, account(unique(), **same), Client())
    assert refused.value.field == ("input", field)
    assert refused.value.code is Code.TAKEN
    assert hasher.hashed == hashed, "hashed a password for an account that cannot be"


async def test_twenty_sign_ups_for_one_name_at_once_make_one_account(resources, database):
    name = unique("race")
    attempts = [
        signup.sign_up(resources, account(name, email=f"{unique()}@example.org"), Client())
        for _ in range(20)
    ]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(o) for o in outcomes if isinstance(o, Exception)] == [Taken] * 19
    assert all(o.field == ("input", "username") for o in outcomes if isinstance(o, Taken))
    query = text("SELECT count(*) FROM users WHERE username_folded = :name")
    async with database.session() as session:
        assert (await session.scalars(query, {"name": name})).one() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "a" * 21}, "username"),
        ({"username": "a b c"}, "username"),
        ({"username": "álice"}, "username"),
        ({"username": "abc\n"}, "username"),
        ({"username": "abc\x00"}, "username"),
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b@example.org"}, "email"),
        ({"email": "a@example"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "a\x00@example.org"}, "email"),
        ({"email": f"{'a' * 250}@example.org"}, "email"),
        ({"password": "long enough\x00"}, "password"),
        ({"password": "long enough\ud800"}, "password"),
        ({"password": "é" * 513}, "password"),
        ({"display_name": " "}, "displayName"),
        ({"display_name": "x" * 51}, "displayName"),
        ({"display_name": "a\x00b"}, "displayName"),
        ({"display_name": "a\nb"}, "displayName"),
    ],
)
async def test_bad_input_names_its_field_and_writes_nothing(
    resources, database, hasher, given, field
):
    hashed = hasher.hashed
    with pytest.raises(InputRefused) as refused:
        await signup.sign_up(resources, account(unique(), **given), Client())
    assert refused.value.field == ("input", field)
    assert hasher.hashed == hashed
    assert not any(str(value) in str(refused.value) for value in given.values() if value.strip())


@pytest.mark.parametrize("password", ["", "1234567", "{0}", "{0}@EXAMPLE.org"])
async def test_a_weak_password_has_a_code_of_its_own(resources, password):
    name = unique("weak")
    with pytest.raises(WeakPassword) as refused:
        await signup.sign_up(resources, account(name, password=password.format(name)), Client())
    assert refused.value.code is Code.WEAK_PASSWORD
    assert refused.value.field == ("input", "password")


async def test_a_megabyte_of_password_is_refused_before_hashing(resources, hasher):
    hashed = hasher.hashed
    with pytest.raises(InputRefused) as refused:
        await signup.sign_up(resources, account(unique(), password="x" * 1_000_000), Client())
    assert refused.value.field == ("input", "password")
    assert hasher.hashed == hashed


@pytest.mark.parametrize(
    "shown", ["José Ñandú", "名前", "👩‍👩‍👧‍👦", "שלום", "<script>alert(1)</script>"]
)
async def test_a_display_name_may_be_in_any_script_and_comes_back_as_it_was(resources, shown):
    name = unique()
    await signup.sign_up(resources, account(name, display_name=shown), Client())
    (user,) = (await reading.users_by_name(resources, [name])).values()
    assert user.display_name == shown
