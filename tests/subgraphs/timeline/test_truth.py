"""The projection made anew from exports: row by row what is true, while events go on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.envelope import WriteToken, uuid7
from chassis.postgres import Database
from subgraphs.timeline.__main__ import main
from subgraphs.timeline.model.errors import TruthRefused
from subgraphs.timeline.model.values import Reset, TimelineState, Window
from subgraphs.timeline.service import reading, truth
from subgraphs.timeline.settings import TimelineSettings
from tests.subgraphs.timeline.exporting import exports
from tests.subgraphs.timeline.folding import heard
from tests.subgraphs.timeline.serving import Service, ids_of
from tests.subgraphs.timeline.truth import World


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def rows(database: Database) -> tuple[set[Any], set[Any]]:
    """Who is there and who follows whom, as far as timelines go."""
    async with database.session() as session:
        tweets = await session.execute(
            text(
                "SELECT id, author_id, reply_to_id, reply_to_author_id, root_id, created_ms"
                " FROM tweets WHERE NOT deleted"
            )
        )
        follows = await session.execute(
            text("SELECT actor_id, target_id, version FROM follows WHERE active")
        )
        return {tuple(row) for row in tweets}, {tuple(row) for row in follows}


def lived(world: World) -> list[Any]:
    """A world with some of everything, and all events that told of it."""
    people = [uuid7() for _ in range(4)]
    pairs = [(actor, target) for actor in people[:3] for target in people if actor != target]
    events: list[Any] = [world.follow(*pair) for pair in pairs]
    events.append(world.unfollow(people[0], people[3]))
    for n in range(20):
        parent = list(world.posts.values())[n // 2] if n % 3 == 1 else None
        events.append(world.post(people[n % 4], parent)[1])
    gone = list(world.posts.values())[::7]
    return [*events, *map(world.delete, gone)]


async def test_an_empty_projection_becomes_the_truth(
    service: Service, database: Database, world: World, tmp_path: Path
):
    events = lived(world)
    await truth.rebuild(database, exports(tmp_path, world))
    rebuilt = await rows(database)
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE tweets, follows, followchanges"))
    await service.take(*events)
    assert rebuilt == await rows(database)
    assert len(rebuilt[0]) > 10


async def test_a_wrong_projection_becomes_the_truth(
    service: Service, database: Database, world: World, tmp_path: Path
):
    await service.take(*lived(world))
    right = await rows(database)
    viewer = next(iter(world.seqs))
    home = await service.ready(viewer)
    stranger = World()
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM tweets WHERE random() < 0.3"))
        await session.execute(text("UPDATE tweets SET created_ms = 5 WHERE random() < 0.3"))
        await session.execute(text("DELETE FROM follows WHERE random() < 0.3"))
        await session.execute(text("UPDATE follows SET active = NOT active WHERE random() < 0.3"))
    await service.take(stranger.post(viewer)[1], World().follow(viewer, uuid7()))
    await truth.rebuild(database, exports(tmp_path, world))
    assert await rows(database) == right
    # Feeds follow, and who listens is told.
    await service.resources.standing.look()
    [reset] = await heard(service, viewer, home.resume, 1)
    assert isinstance(reset, Reset)
    assert ids_of(await service.ready(viewer)) == world.home(viewer)


async def test_what_is_newer_than_the_export_is_kept(
    service: Service, database: Database, world: World, tmp_path: Path
):
    me, friend, other = uuid7(), uuid7(), uuid7()
    gone, posted = world.post(me)
    await service.take(posted, world.follow(me, friend), world.follow(me, other))
    # The export began before what follows.
    files = exports(tmp_path, world, at_ms=1)
    await service.take(world.delete(gone), world.unfollow(me, friend))
    await service.take(world.post(me)[1], world.follow(me, uuid7()))
    before = await rows(database)
    await truth.rebuild(database, files)
    assert await rows(database) == before
    assert await service.whole(me) == world.home(me)


async def test_late_events_do_not_undo_a_rebuild(
    service: Service, database: Database, world: World, tmp_path: Path
):
    events = lived(world)
    await service.take(*events)
    await truth.rebuild(database, exports(tmp_path, world))
    right = await rows(database)
    await service.take(*events)
    await service.take(*reversed(events))
    assert await rows(database) == right


async def test_events_that_arrive_during_a_rebuild_are_kept(
    service: Service, database: Database, world: World, tmp_path: Path
):
    """Half of them are in the exports, and half are not; some come twice, none in order."""
    viewer, events = uuid7(), lived(world)
    await service.take(*events[::2], world.follow(viewer, next(iter(world.seqs))))
    files = exports(tmp_path, world, at_ms=now_ms())
    more = [world.post(viewer)[1] for _ in range(30)]
    later = [*events[1::2], *more, world.delete(list(world.posts.values())[-1])]
    rebuilds = [asyncio.create_task(truth.rebuild(database, files)) for _ in range(2)]
    await service.take_together(*later, *events[::3])
    await asyncio.gather(*rebuilds)
    living = {tweet for tweet in world.posts if tweet not in world.gone}
    tweets, follows = await rows(database)
    assert {row[0] for row in tweets} == living
    assert {row[:2] for row in follows} == world.follows
    await service.resources.standing.look()
    for person in {viewer, *world.seqs}:
        assert ids_of(await service.ready(person)) == world.home(person)[:20]


async def test_a_tweet_that_a_rebuild_took_away_stays_away(
    service: Service, database: Database, world: World, tmp_path: Path
):
    me = uuid7()
    post, posted = world.post(me)
    await service.take(posted)
    world.delete(post)
    await truth.rebuild(database, exports(tmp_path, world))
    await service.take(posted)
    assert await service.whole(me) == []


async def test_a_write_token_of_before_the_rebuild_is_answered(
    service: Service, database: Database, world: World, tmp_path: Path
):
    me = uuid7()
    for _ in range(3):
        world.follow(me, uuid7())
    await truth.rebuild(database, exports(tmp_path, world))
    for seq, state in [(2, TimelineState.READY), (3, TimelineState.READY)]:
        token = WriteToken("social", str(me), seq)
        home = await reading.home(service.resources, me, Window(1), token)
        assert home.state is state
    token = WriteToken("social", str(me), 4)
    home = await reading.home(service.resources, me, Window(1), token)
    assert home.state is TimelineState.DEGRADED


REFUSED = [
    ("", "line 1"),
    ("{}\n", "line 1"),
    ('{"kind": "export", "service": "tweets"}\n', "line 1"),
    ('{"kind": "export", "service": "tweets", "atMs": 1}\nnonsense\n', "line 2"),
    ('{"kind": "export", "service": "tweets", "atMs": 1}\n[]\n', "line 2"),
    ('{"kind": "export", "service": "tweets", "atMs": 1}\n{"kind": "what"}\n', "line 2"),
    ('{"kind": "export", "service": "tweets", "atMs": 1}\n{"kind": "tweet"}\n', "line 2"),
    ('{"kind": "export", "service": "s", "atMs": 1}\n{"kind": "follow", "actorId": 1}\n', "line 2"),
]


@pytest.mark.parametrize(("content", "where"), REFUSED)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, content: str, where: str):
    path = tmp_path / "export.jsonl"
    path.write_text(content)
    with pytest.raises(TruthRefused, match=rf"export\.jsonl, {where}: "):
        truth.read_export(path)


async def test_the_command_rebuilds(
    settings: TimelineSettings,
    database: Database,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    lived(world)
    files = [str(path) for path in exports(tmp_path, world)]
    for name, value in settings.model_dump().items():
        monkeypatch.setenv(f"MT_{name.upper()}", str(value))
    assert await asyncio.to_thread(main, ["rebuild", *files]) == 0
    assert "objects" in capsys.readouterr().out
    living = {UUID(str(row[0])) for row in (await rows(database))[0]}
    assert living == set(world.posts) - world.gone
