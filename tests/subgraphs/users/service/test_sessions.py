"""Sessions: refresh tokens rotate, a reused one ends its family, a race of one client does not."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable

import pytest
from sqlalchemy import text

from subgraphs.users.model.errors import Code, CredentialsRefused, SessionMissing, TokenReused
from subgraphs.users.model.values import Client
from subgraphs.users.service import login, sessions
from tests.subgraphs.users.people import PASSWORD, newcomer, viewer_of


def session_of(tokens) -> uuid.UUID:
    return uuid.UUID(viewer_of(tokens.access_token).session_id)


async def log_in_again(resources, username):
    return await login.log_in(resources, login.Attempt(username, None, PASSWORD), Client())


async def revocations(events, user_id):
    return [dict(e.data) for e in await events(user_id) if e.type == "users.session.revoked"]


async def test_a_refresh_gives_a_new_pair_of_the_same_session(resources, clock):
    user_id, _, first = await newcomer(resources)
    clock.turn(minutes=9)
    second = await sessions.refresh(resources, first.refresh_token, Client())
    assert second.refresh_token != first.refresh_token
    assert session_of(second) == session_of(first)
    assert viewer_of(second.access_token).expires_at == int(clock.now.timestamp()) + 600
    (session,) = await sessions.sessions_of(resources, user_id)
    assert session.last_used_at == clock.now


async def test_no_refresh_token_is_stored(resources, database):
    _, _, first = await newcomer(resources)
    second = await sessions.refresh(resources, first.refresh_token, Client())
    query = text("SELECT tokens::text || sessions::text FROM tokens JOIN sessions ON true")
    async with database.session() as session:
        stored = "".join(await session.scalars(query))
    for token in (first.refresh_token, second.refresh_token):
        assert token not in stored
        assert sessions.digest_of(token).hex() in stored


async def test_a_reused_token_ends_the_family_and_both_are_out(resources, clock, events):
    user_id, username, first = await newcomer(resources)
    elsewhere = await log_in_again(resources, username)
    second = await sessions.refresh(resources, first.refresh_token, Client())
    clock.turn(seconds=11)
    with pytest.raises(TokenReused) as reused:
        await sessions.refresh(resources, first.refresh_token, Client())
    assert reused.value.code is Code.TOKEN_REUSED
    with pytest.raises(CredentialsRefused) as out:
        await sessions.refresh(resources, second.refresh_token, Client())
    assert out.value.code is Code.BAD_CREDENTIALS
    left = await sessions.sessions_of(resources, user_id)
    assert [s.id for s in left] == [session_of(elsewhere)]
    ended = {"userId": str(user_id), "sessionId": str(session_of(first))}
    assert await revocations(events, user_id) == [ended]


async def test_a_token_two_exchanges_old_is_no_race_however_soon(resources, events):
    user_id, _, first = await newcomer(resources)
    second = await sessions.refresh(resources, first.refresh_token, Client())
    third = await sessions.refresh(resources, second.refresh_token, Client())
    with pytest.raises(TokenReused):
        await sessions.refresh(resources, first.refresh_token, Client())
    with pytest.raises(CredentialsRefused):
        await sessions.refresh(resources, third.refresh_token, Client())
    assert len(await revocations(events, user_id)) == 1


async def test_ten_refreshes_of_one_client_at_once_get_the_same_next_token(resources, clock):
    user_id, _, first = await newcomer(resources)
    racing = [sessions.refresh(resources, first.refresh_token, Client()) for _ in range(10)]
    answers = await asyncio.gather(*racing)
    (following,) = {tokens.refresh_token for tokens in answers}
    clock.turn(minutes=9)
    for again in await asyncio.gather(
        *(sessions.refresh(resources, following, Client()) for _ in range(3))
    ):
        assert session_of(again) == session_of(first)
    assert len(await sessions.sessions_of(resources, user_id)) == 1


@pytest.mark.parametrize(("seconds", "forgiven"), [(0, True), (10, True), (10.001, False)])
async def test_a_race_is_forgiven_for_ten_seconds(resources, clock, seconds, forgiven):
    _, _, first = await newcomer(resources)
    second = await sessions.refresh(resources, first.refresh_token, Client())
    clock.turn(seconds=seconds)
    if forgiven:
        again = await sessions.refresh(resources, first.refresh_token, Client())
        assert again.refresh_token == second.refresh_token
    else:
        with pytest.raises(TokenReused):
            await sessions.refresh(resources, first.refresh_token, Client())


async def test_a_session_ends_thirty_days_after_its_last_use(resources, clock):
    user_id, username, first = await newcomer(resources)
    clock.turn(days=29)
    second = await sessions.refresh(resources, first.refresh_token, Client())
    clock.turn(days=29)
    third = await sessions.refresh(resources, second.refresh_token, Client())
    clock.turn(days=30)
    with pytest.raises(CredentialsRefused):
        await sessions.refresh(resources, third.refresh_token, Client())
    assert await sessions.sessions_of(resources, user_id) == []
    await log_in_again(resources, username)
    assert len(await sessions.sessions_of(resources, user_id)) == 1


async def test_expired_sessions_are_forgotten_at_the_next_login(resources, clock, database):
    user_id, username, _ = await newcomer(resources)
    clock.turn(days=31)
    await log_in_again(resources, username)
    query = text("SELECT count(*) FROM sessions WHERE user_id = :id")
    async with database.session() as session:
        assert (await session.scalars(query, {"id": user_id})).one() == 1


@pytest.mark.parametrize(
    "forged", ["", "x", "x" * 1_000_000, "nul\x00", "half\ud800", "' OR 1=1", "é" * 43]
)
async def test_a_forged_token_is_refused(resources, forged):
    with pytest.raises(CredentialsRefused) as refused:
        await sessions.refresh(resources, forged, Client())
    assert refused.value.code is Code.BAD_CREDENTIALS


async def test_log_out_ends_this_session_alone_and_twice_is_once(resources, events):
    user_id, username, first = await newcomer(resources)
    other = await log_in_again(resources, username)
    assert await sessions.log_out(resources, user_id, session_of(first)) is True
    assert await sessions.log_out(resources, user_id, session_of(first)) is False
    with pytest.raises(CredentialsRefused):
        await sessions.refresh(resources, first.refresh_token, Client())
    assert session_of(
        await sessions.refresh(resources, other.refresh_token, Client())
    ) == session_of(other)
    assert len(await revocations(events, user_id)) == 1


async def test_log_out_everywhere_ends_all_of_mine_and_none_of_others(resources, events):
    user_id, username, first = await newcomer(resources)
    second = await log_in_again(resources, username)
    _, _, somebody = await newcomer(resources)
    await sessions.log_out_everywhere(resources, user_id)
    for tokens in (first, second):
        with pytest.raises(CredentialsRefused):
            await sessions.refresh(resources, tokens.refresh_token, Client())
    await sessions.refresh(resources, somebody.refresh_token, Client())
    assert await revocations(events, user_id) == [{"userId": str(user_id), "sessionId": None}]


async def test_a_session_of_somebody_else_cannot_be_revoked(resources, events):
    alice, _, _ = await newcomer(resources, "alice")
    bob, _, bobs = await newcomer(resources, "bob")
    with pytest.raises(SessionMissing) as refused:
        await sessions.revoke_session(resources, alice, session_of(bobs))
    assert refused.value.code is Code.NOT_FOUND
    await sessions.refresh(resources, bobs.refresh_token, Client())
    assert await revocations(events, bob) == []


async def test_refreshing_and_logging_out_at_once_never_deadlock(resources):
    user_id, username, _ = await newcomer(resources)
    tokens = [await log_in_again(resources, username) for _ in range(8)]
    work: list[Awaitable[object]] = [
        sessions.refresh(resources, one.refresh_token, Client()) for one in tokens
    ]
    work += [sessions.log_out(resources, user_id, session_of(one)) for one in tokens]
    work.append(sessions.log_out_everywhere(resources, user_id))
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    faults = [o for o in outcomes if isinstance(o, BaseException)]
    assert all(type(fault) is CredentialsRefused for fault in faults), faults
    assert await sessions.sessions_of(resources, user_id) == []


async def test_versions_of_a_user_count_their_events_without_gaps(resources, events):
    user_id, username, _ = await newcomer(resources)
    tokens = [await log_in_again(resources, username) for _ in range(8)]
    await asyncio.gather(*(sessions.log_out(resources, user_id, session_of(t)) for t in tokens))
    versions = [event.aggversion for event in await events(user_id)]
    assert versions == list(range(1, 11))
