from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] it has none
import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from chassis.envelope import Envelope, EventTooLarge
from chassis.postgres import (
    Database,
    StoreUnavailable,
    event_tables,
    handle_once,
    record,
    run_migrations,
)
from stack import roles
from tests.chassis.eventually import eventually
from tests.servers import RunningServer

PROJECT = Path(__file__).resolve().parents[2]

NewEvent = Callable[..., Envelope]


async def count(database: Database, table: str) -> int:
    statements = {
        "outbox": "SELECT count(*) FROM outbox",
        "inbox": "SELECT count(*) FROM inbox",
        "effect": "SELECT count(*) FROM effect",
    }
    async with database.session() as session:
        return (await session.execute(text(statements[table]))).scalar_one()


async def test_a_change_and_its_event_stand_or_fall_together(database: Database, event: NewEvent):
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO effect VALUES ('1', 'a', 1)"))
        await record(session, event())
    assert (await count(database, "effect"), await count(database, "outbox")) == (1, 1)

    async def change_and_fail() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES ('2', 'a', 2)"))
            await record(session, event())
            raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        await change_and_fail()
    assert (await count(database, "effect"), await count(database, "outbox")) == (1, 1)


async def test_an_event_that_is_too_large_undoes_its_change(database: Database, kind: str):
    big = Envelope.new(kind, source="users", subject="a", aggversion=1, data={"x": "y" * 70_000})

    async def change() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES ('1', 'a', 1)"))
            await record(session, big)

    with pytest.raises(EventTooLarge):
        await change()
    assert await count(database, "effect") == 0


async def test_an_event_is_handled_once_also_when_delivered_twice_at_the_same_time(
    database: Database, event: NewEvent
):
    one = event()

    async def handle() -> bool:
        async with database.transaction() as session:
            new = await handle_once(session, "consumer", one.id)
            if new:
                await session.execute(text("INSERT INTO effect VALUES ('1', 'a', 1)"))
            return new

    assert sorted(await asyncio.gather(*(handle() for _ in range(8)))) == [False] * 7 + [True]
    assert await count(database, "effect") == 1


async def test_an_effect_that_failed_is_not_remembered(database: Database, event: NewEvent):
    one = event()

    async def handle_and_fail() -> None:
        async with database.transaction() as session:
            assert await handle_once(session, "consumer", one.id)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await handle_and_fail()
    async with database.transaction() as session:
        assert await handle_once(session, "consumer", one.id)
        assert await handle_once(session, "another", one.id)


async def test_a_statement_ends_after_two_seconds(database: Database):
    with pytest.raises(StoreUnavailable):
        async with database.session() as session:
            await session.execute(text("SELECT pg_sleep(30)"))
    await database.ping()


async def test_a_command_may_wait_for_a_statement_longer_than_a_service_does(database_url: str):
    patient = Database.connect(database_url, reply_seconds=None)
    async with patient.transaction() as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("SELECT pg_sleep(5.5)"))
    with pytest.raises(StoreUnavailable):
        async with patient.session() as session:
            await session.execute(text("SELECT pg_sleep(30)"))
    await patient.dispose()


async def test_errors_of_the_statement_keep_their_names(database: Database):
    with pytest.raises(ProgrammingError):
        async with database.session() as session:
            await session.execute(text("SELECT no_such_column"))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES (NULL, 'a', 1)"))


async def test_errors_of_the_caller_are_not_mistaken_for_the_database(database: Database):
    with pytest.raises(FileNotFoundError):
        async with database.transaction():
            raise FileNotFoundError
    with pytest.raises(TimeoutError):
        async with database.session():
            raise TimeoutError


async def test_a_pool_that_is_used_up_is_told_as_absence(database_url: str):
    small = Database.connect(database_url, pool_size=1)
    async with small.transaction() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(StoreUnavailable):
            await small.ping()
    await small.ping()
    await small.dispose()


async def test_a_server_that_is_not_there_is_told_as_absence(unused_tcp_port: int):
    nowhere = Database.connect(f"postgresql+asyncpg://a:b@127.0.0.1:{unused_tcp_port}/none")
    with pytest.raises(StoreUnavailable):
        await nowhere.ping()
    with pytest.raises(StoreUnavailable):
        async with nowhere.transaction() as session:
            await session.execute(text("SELECT 1"))
    await nowhere.dispose()


@pytest.fixture
async def own_database(
    own_postgres_server: RunningServer, migrations: Path
) -> AsyncIterator[Database]:
    admin = own_postgres_server.server.admin_url  # pyright: ignore[reportAttributeAccessIssue]
    await roles.create_database(admin, "microtwitt")
    url = await roles.create_service(admin, "microtwitt", "users", secrets.token_hex(8))
    await run_migrations(url, migrations)
    database = Database.connect(url, pool_size=5)
    yield database
    await database.dispose()


async def test_the_pool_is_whole_again_after_a_restart(
    own_database: Database, own_postgres_server: RunningServer
):
    async def use() -> None:
        async with own_database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES ('x', 'a', 1)"))
            await session.execute(text("SELECT pg_sleep(0.01)"))

    await asyncio.gather(*(use() for _ in range(5)))
    before = await count(own_database, "effect")
    own_postgres_server.kill()
    with pytest.raises(StoreUnavailable):
        await use()
    own_postgres_server.start()
    await eventually(lambda: answers(own_database))
    # Every pooled connection was dead: none of them is handed out.
    await asyncio.gather(*(use() for _ in range(5)))
    assert await count(own_database, "effect") == before + 5


async def test_a_restart_in_between_goes_unnoticed(
    own_database: Database, own_postgres_server: RunningServer
):
    await asyncio.gather(*(own_database.ping() for _ in range(5)))
    # In a thread: while a service waits for nothing, its loop hears that the server hangs up.
    await asyncio.to_thread(own_postgres_server.stop)
    await asyncio.to_thread(own_postgres_server.start)
    await asyncio.gather(*(own_database.ping() for _ in range(5)))


async def test_a_transaction_that_the_server_died_in_is_not_half_done(
    own_database: Database, own_postgres_server: RunningServer
):
    async def change() -> None:
        async with own_database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES ('1', 'a', 1)"))
            own_postgres_server.kill()
            await session.execute(text("INSERT INTO effect VALUES ('2', 'a', 2)"))

    with pytest.raises(StoreUnavailable):
        await change()
    own_postgres_server.start()
    await eventually(lambda: answers(own_database))
    assert await count(own_database, "effect") == 0


async def answers(database: Database) -> bool:
    try:
        await database.ping()
    except StoreUnavailable:
        return False
    return True


async def test_replicas_and_services_migrate_at_the_same_time(
    service_database: Callable[[str], str], migrations: Path
):
    urls = [service_database("users"), service_database("tweets")]
    await asyncio.gather(*(run_migrations(url, migrations) for url in urls * 3))
    for url in urls:
        database = Database.connect(url)
        assert await count(database, "outbox") == 0
        await database.dispose()


async def test_replicas_in_processes_of_their_own_migrate_at_the_same_time(
    service_database: Callable[[str], str], migrations: Path
):
    url = service_database("users")
    program = (
        "import asyncio, sys; from chassis.postgres import run_migrations; "
        "asyncio.run(run_migrations(sys.argv[1], sys.argv[2]))"
    )
    replicas = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, url, str(migrations), cwd=PROJECT
        )
        for _ in range(2)
    ]
    assert [await replica.wait() for replica in replicas] == [0, 0]


async def test_a_migration_that_fails_leaves_nothing(
    service_database: Callable[[str], str], migrations: Path, tmp_path: Path
):
    versions = tmp_path / "versions"
    versions.mkdir()
    good = (migrations / "versions" / "0001_events.py").read_text()
    (versions / "0001.py").write_text(good)
    bad = 'revision, down_revision = "0002", "0001"\ndef upgrade():\n    raise ValueError("bad")\n'
    (versions / "0002.py").write_text(bad)
    url = service_database("users")
    with pytest.raises(ValueError, match="bad"):
        await run_migrations(url, tmp_path)
    (versions / "0002.py").unlink()
    await run_migrations(url, tmp_path)


async def test_the_migrated_tables_are_those_of_the_metadata(database: Database):
    metadata = MetaData()
    tables = event_tables(metadata)
    async with database.engine.connect() as connection:
        found = MetaData()
        await connection.run_sync(found.reflect)
    for table in (tables.outbox, tables.inbox, tables.lease):
        assert found.tables[table.name].columns.keys() == table.columns.keys()
        assert {index.name for index in found.tables[table.name].indexes} == {
            index.name for index in table.indexes
        }


async def test_a_transaction_that_was_left_idle_is_told_as_absence(database: Database):
    async def idle() -> None:
        async with database.transaction() as session:
            await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
            raw = await (await session.connection()).get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None
            await eventually(driver.is_closed)
            await session.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        await idle()
    await database.ping()


async def test_a_cancelled_statement_is_cancelled_and_not_absence(database: Database):
    async def wait() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_sleep(1.5)"))

    sleeping = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query LIKE '%pg_sleep(1.5%' AND state = 'active' AND pid <> pg_backend_pid()"
    )

    async def asleep() -> bool:
        async with database.session() as session:
            return bool((await session.execute(sleeping)).scalar_one())

    waiting = asyncio.create_task(wait())
    await eventually(asleep)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await database.ping()


async def test_who_is_cancelled_while_a_connection_is_made_ends_cancelled(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    connect, made = asyncpg.connect, asyncio.Event()

    async def forgets(*args: Any, **options: Any) -> Any:
        """As `asyncio.wait_for` does before Python 3.12, where both come at once."""
        connection = await connect(*args, **options)
        made.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return connection

    fresh = Database.connect(database.url)
    with monkeypatch.context() as patched:
        patched.setattr(asyncpg, "connect", forgets)
        asking = asyncio.create_task(fresh.ping())
        await made.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await fresh.ping()
    await fresh.dispose()
