"""Queries on accounts, on the real Postgres: what is bound, what uses an index."""

from __future__ import annotations

import uuid

from sqlalchemy import text

from subgraphs.users.model.rules import fold
from subgraphs.users.store import accounts
from tests.subgraphs.users.people import newcomer


async def test_many_users_by_id_or_name_in_one_statement(resources, database, statements):
    people = [await newcomer(resources, "Many") for _ in range(20)]
    ids = [user_id for user_id, _, _ in people]
    names = [fold(name) for _, name, _ in people]
    async with statements() as counted, database.session() as session:
        by_id = await accounts.users_by_id(session, [*ids, *ids, uuid.uuid4()])
        by_name = await accounts.users_by_name(session, [*names, "nobody"])
    assert set(by_id) == set(ids)
    assert {by_name[name].id for name in names} == set(ids)
    assert len(counted.sent) == 2
    assert not any(str(user_id) in sent for user_id in ids for sent in counted.sent)


async def test_no_read_of_profiles_touches_the_password_hash(database, statements):
    async with statements() as counted, database.session() as session:
        await accounts.users_by_id(session, [uuid.uuid4()])
        await accounts.users_by_name(session, ["x"])
    assert not any("password_hash" in sent for sent in counted.sent)


async def test_each_look_up_has_its_index(database):
    plans = {
        "users": "SELECT 1 FROM users WHERE username_folded = 'x'",
        "email": "SELECT 1 FROM users WHERE email_folded = 'x'",
        "sessions": "SELECT 1 FROM sessions WHERE user_id = '00000000-0000-0000-0000-000000000000'",
        "tokens": "DELETE FROM tokens WHERE session_id = '00000000-0000-0000-0000-000000000000'",
    }
    async with database.transaction() as tx:
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        for name, query in plans.items():
            plan = "\n".join(await tx.scalars(text(f"EXPLAIN {query}")))
            assert "Index" in plan, (name, plan)
