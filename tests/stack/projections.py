"""What can be made anew of a running system: read row by row, and damaged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

import nats as nats_client
from neo4j import AsyncGraphDatabase
from redis.asyncio import Redis

from stack.neo4j import Neo4j
from stack.roles import connect, with_database
from tests.chassis.eventually import eventually
from tests.e2e.system import System

Rows = list[str]
# Table → which of its rows and columns say something that must come again. When a row was written
# down, and the stones of what is gone, are none of that. Nor is the version of a tweet or account:
# it moves with changes that tell others nothing (a like, a login), which an export has counted.
TABLES = {
    "tweets.authorcards": "SELECT to_jsonb(t) - 'version' FROM tweets.authorcards t",
    "tweets.tweets": "SELECT to_jsonb(t) FROM tweets.tweets t",
    "timeline.tweets": (
        "SELECT to_jsonb(t) - 'noted_ms' - 'version' FROM timeline.tweets t WHERE NOT deleted"
    ),
    "timeline.follows": "SELECT to_jsonb(t) - 'noted_ms' FROM timeline.follows t WHERE active",
    "timeline.followchanges": (
        "SELECT jsonb_build_array(actor_id, max(version)) FROM timeline.followchanges"
        " GROUP BY actor_id"
    ),
}
PEOPLE = "MATCH (u:User) RETURN properties(u) AS row"
FOLLOWS = (
    "MATCH (a:User)-[f:FOLLOWS]->(b:User)"
    " RETURN {actor: a.id, target: b.id, follow: properties(f)} AS row"
)
# When a person's node was last touched says nothing about the person; the version as above.
UNTOLD = ("touchedMs", "version")
# The event says when it was told, the export when it was so: some milliseconds apart.
ROUGH = "createdMs"
DAMAGE = (
    "DELETE FROM tweets.authorcards WHERE left(username, 1) < 'c'",
    "UPDATE tweets.authorcards SET username = 'nobody', display_name = 'Nobody', version = 0",
    "UPDATE tweets.tweets SET like_count = like_count + 7, reply_count = 99",
    "TRUNCATE timeline.tweets, timeline.follows, timeline.followchanges",
)
FORGET = (
    "MATCH (u:User) SET u.username = null, u.usernameKey = null, u.displayName = null,"
    " u.nameKey = null, u.protected = null, u.searchable = null, u.version = null,"
    " u.createdMs = null, u.lastPostMs = 1"
)


UNSENT = (
    "SELECT (SELECT count(*) FROM users.outbox WHERE sent_at IS NULL)"
    " + (SELECT count(*) FROM tweets.outbox WHERE sent_at IS NULL)"
)


async def read(system: System) -> Mapping[str, Rows]:
    """Every projection, each row as text, sorted."""
    found: dict[str, Rows] = {}
    async with connect(_database(system)) as connection:
        for name, query in TABLES.items():
            all_rows = f"SELECT coalesce(jsonb_agg(r), '[]')::text FROM ({query}) AS q(r)"  # noqa: S608
            found[name] = _texts(json.loads(str(await connection.fetchval(all_rows))))
    for name, query in (("social.people", PEOPLE), ("social.follows", FOLLOWS)):
        rows = await _graph(system, query)
        found[name] = _texts(_told(row["row"]) for row in rows)
    return found


async def damage(system: System) -> None:
    """Make every projection wrong, and take away the stream it could be made from."""
    client = await nats_client.connect(system.assembly.nats_url("admin"))
    await client.jetstream().purge_stream("MT")
    await client.close()
    async with connect(_database(system)) as connection:
        for statement in DAMAGE:
            await connection.execute(statement)
    await _graph(system, FORGET)
    redis = Redis.from_url(cast("Any", system.assembly.redis()).url)
    await redis.flushall()
    await redis.aclose()


async def settled(system: System) -> None:
    """Return when every event has been sent, and every consumer has handled all it is given."""

    async def nothing_waits() -> bool:
        return await _waiting(system) == 0

    await eventually(nothing_waits, 60)


async def _waiting(system: System) -> int:
    async with connect(_database(system)) as connection:
        unsent = int(str(await connection.fetchval(UNSENT)))
    ((row),) = await _graph(system, "MATCH (o:Unsent) RETURN count(o) AS row")
    client = await nats_client.connect(system.assembly.nats_url("admin"))
    try:
        consumers = await client.jetstream().consumers_info("MT")
    finally:
        await client.close()
    left = sum((one.num_pending or 0) + (one.num_ack_pending or 0) for one in consumers)
    return unsent + row["row"] + left


def _database(system: System) -> str:
    admin = cast("Any", system.assembly.postgres()).admin_url
    return with_database(admin, "microtwitt")


async def _graph(system: System, query: str) -> list[dict[str, Any]]:
    server = cast("Neo4j", await system.assembly.neo4j())
    async with AsyncGraphDatabase.driver(server.url, auth=server.auth) as driver:
        records, _, _ = await driver.execute_query(cast("Any", query))
    return [record.data() for record in records]


def _told(properties: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in properties.items() if name not in UNTOLD}
    return told | {name: value > 0 for name, value in told.items() if name == ROUGH}


def _texts(rows: Iterable[Any]) -> Rows:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)
