"""The export of accounts: what everybody may see of them, by id, whole or not there."""

from __future__ import annotations

import json
import time
import uuid

import pytest
from sqlalchemy import text

from subgraphs.users.service import exporting, profile
from tests.subgraphs.users.people import PASSWORD, newcomer


async def test_an_export_is_what_everybody_may_see(resources, tmp_path):
    people = [await newcomer(resources) for _ in range(3)]
    first = people[0][0]
    await profile.update_profile(
        resources, first, {"display_name": "Älice", "protected": True, "bio": "Nobody's business"}
    )
    before = time.time_ns() // 1_000_000
    path = tmp_path / "users.jsonl"
    count = await exporting.export(resources.database, path)
    said = path.read_text()
    head, *lines = map(json.loads, said.splitlines())
    assert before <= head.pop("atMs") <= time.time_ns() // 1_000_000
    assert head == {"kind": "export", "service": "users"}
    assert len(lines) == count
    ids = [uuid.UUID(line["userId"]) for line in lines]
    assert ids == sorted(set(ids))
    assert {user for user, _, _ in people} <= set(ids)
    [told] = [line for line in lines if line["userId"] == str(first)]
    assert told == {
        "kind": "account",
        "userId": str(first),
        "username": people[0][1],
        "displayName": "Älice",
        "avatar": None,
        "protected": True,
        "searchable": True,
        "version": 3,
        "createdMs": round(resources.now().timestamp() * 1000),
    }
    for secret in ("@example.org", "Nobody's business", PASSWORD, "argon2"):
        assert secret not in said


async def test_an_export_that_fails_leaves_the_one_before(resources, tmp_path):
    await newcomer(resources)
    path = tmp_path / "users.jsonl"
    await exporting.export(resources.database, path)
    before = path.read_text()
    async with resources.database.transaction() as tx:
        await tx.execute(text("ALTER TABLE users RENAME COLUMN bio TO elsewhere"))
    try:
        with pytest.raises(Exception, match="bio"):
            await exporting.export(resources.database, path)
    finally:
        async with resources.database.transaction() as tx:
            await tx.execute(text("ALTER TABLE users RENAME COLUMN elsewhere TO bio"))
    assert path.read_text() == before
