"""The tables that the migrations make are those that the code believes in."""

from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.postgres import run_migrations
from subgraphs.users.app import MIGRATIONS
from subgraphs.users.store.tables import METADATA


async def test_migrations_make_what_the_models_say(database):
    def differences(connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), METADATA)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_and_twice_at_once_changes_nothing(database_url, database):
    await asyncio.gather(*(run_migrations(database_url, MIGRATIONS) for _ in range(2)))
    await database.ping()


async def test_the_service_has_its_own_schema_and_no_other(database):
    async with database.session() as session:
        assert (await session.scalars(text("SELECT current_schema()"))).one() == "users"
        visible = text(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        )
        assert (await session.scalars(visible)).one() == 0


@pytest.mark.parametrize("column", ["username_folded", "email_folded"])
async def test_postgres_itself_refuses_a_second_of_the_same_name(database, column):
    insert = text(
        "INSERT INTO users (id, username, username_folded, email, email_folded, password_hash,"
        " display_name, protected, searchable, created_at, version) VALUES (gen_random_uuid(),"
        " 'x', :name, 'x', :mail, '!', 'x', false, true, now(), 1)"
    )
    first, second = {"name": column, "mail": column}, {"name": "other", "mail": "other"}
    second[column.removesuffix("_folded").replace("username", "name").replace("email", "mail")] = (
        column
    )
    async with database.transaction() as tx:
        await tx.execute(insert, first)
    with pytest.raises(IntegrityError, match=column):
        async with database.transaction() as tx:
            await tx.execute(insert, second)
