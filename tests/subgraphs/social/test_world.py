"""Many at once: what is loaded, exported and rebuilt, and the commands that do so."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from chassis.envelope import uuid7
from chassis.neo4j import Graph, StoreUnavailable
from subgraphs.social.__main__ import main
from subgraphs.social.model.errors import WorldRefused
from subgraphs.social.model.values import Listing, Window
from subgraphs.social.schema import SCHEMA
from subgraphs.social.service import exporting, loading, reading, rebuilding
from subgraphs.social.store.migrations import migrate

pytestmark = pytest.mark.timeout(240)

TIMES = [f"2026-01-0{day}T00:00:00+00:00" for day in range(1, 7)]


def written(path: Path, *objects: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in objects))
    return path


def follow(actor: UUID, target: UUID, at: str = TIMES[0]) -> dict[str, str]:
    return {"actorId": str(actor), "targetId": str(target), "at": at}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def exported(graph: Graph, path: Path) -> list[dict[str, Any]]:
    await exporting.export(graph, path)
    return read(path)


async def test_loading_gives_versions_by_time_goes_on_and_writes_no_event(
    graph: Graph, tmp_path: Path
):
    ann, bob, cy, dan = (uuid7() for _ in range(4))
    late, early = follow(ann, bob, TIMES[3]), follow(ann, cy, TIMES[1])
    path = written(tmp_path / "follows.jsonl", late, early, late, follow(bob, ann))
    assert await loading.load(graph, path) == 3
    again = written(tmp_path / "more.jsonl", early, follow(ann, dan, TIMES[0]))
    assert await loading.load(graph, again) == 1
    head, *lines = await exported(graph, tmp_path / "export")
    assert (head["kind"], head["service"]) == ("export", "social")
    assert [line["kind"] for line in lines] == ["actor"] * 2 + ["follow"] * 4
    assert {line["userId"]: line["seq"] for line in lines[:2]} == {str(ann): 3, str(bob): 1}
    mine = [line for line in lines[2:] if line["actorId"] == str(ann)]
    assert [(line["targetId"], line["version"]) for line in mine] == [
        (str(cy), 1),
        (str(bob), 2),
        (str(dan), 3),
    ]
    assert await graph.read("MATCH (o:Outbox) RETURN o") == []


async def test_an_export_that_breaks_off_leaves_the_last_one_whole(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "export"
    whole = await exported(graph, path)

    def breaks_off(_graph: Graph) -> None:
        raise OSError("breaks off")

    monkeypatch.setattr(exporting.world, "edges", breaks_off)
    with pytest.raises(OSError, match="breaks off"):
        await exporting.export(graph, path)
    assert read(path) == whole


@pytest.mark.parametrize("first", [1, 2, 5])
async def test_lists_hold_all_who_came_at_the_same_moment(graph: Graph, tmp_path: Path, first: int):
    ann, *fans = (uuid7() for _ in range(6))
    await loading.load(graph, written(tmp_path / "f", *(follow(one, ann) for one in fans)))
    found: list[UUID] = []
    part = Window(first)
    while True:
        page = (await reading.pages(graph, Listing.FOLLOWERS, [ann], part, None))[ann]
        found += [one.item.user_id for one in page.items]
        if not page.has_next:
            break
        part = Window(first, page.items[-1].position)
    assert found == sorted(fans, key=str, reverse=True)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"actorId": "x"}, "actorId"),
        ({"targetId": None}, "targetId"),
        ({"at": "2026-01-01T00:00:00"}, "at"),
        ({"at": 5}, "at"),
    ],
)
async def test_a_line_that_cannot_be_used_is_named_and_nothing_is_loaded(
    graph: Graph, tmp_path: Path, bad: dict[str, Any], field: str
):
    path = written(
        tmp_path / "follows.jsonl", follow(uuid7(), uuid7()), follow(uuid7(), uuid7()) | bad
    )
    with pytest.raises(WorldRefused, match=rf"^follows.jsonl, line 2: {field}: "):
        await loading.load(graph, path)
    assert await graph.read("MATCH (u:User) RETURN u") == []


async def test_nobody_is_loaded_as_their_own_follower(graph: Graph, tmp_path: Path):
    ann = uuid7()
    with pytest.raises(WorldRefused, match="nobody follows themselves"):
        await loading.load(graph, written(tmp_path / "follows.jsonl", follow(ann, ann)))


def account(user: UUID, name: str, version: int) -> dict[str, Any]:
    names = {"userId": str(user), "username": name, "displayName": name.title(), "avatar": None}
    flags = {"protected": False, "searchable": True, "version": version, "createdMs": 7}
    return {"kind": "account", **names, **flags}


async def test_a_rebuild_takes_over_exports_but_keeps_what_is_newer(graph: Graph, tmp_path: Path):
    ann, bob, cy = (uuid7() for _ in range(3))
    await graph.driver.execute_query(
        """UNWIND $rows AS row CREATE (:User {id: row[0], username: row[1], version: row[2],
            lastPostMs: row[3]})""",
        rows=[[str(ann), "new", 9, 50], [str(bob), "old", 1, 900], [str(cy), "cy", 1, 60]],
    )
    users = written(
        tmp_path / "users",
        {"kind": "export", "service": "users", "atMs": 100},
        account(ann, "ann", 2),
        account(bob, "bob", 2),
        account(cy, "cy", 1),
    )
    tweets = written(
        tmp_path / "tweets",
        {"kind": "export", "service": "tweets", "atMs": 100},
        *(
            {"kind": "tweet", "tweetId": str(uuid7()), "authorId": str(author), "createdMs": at}
            for author, at in ((ann, 40), (ann, 30), (bob, 20))
        ),
    )
    for _ in range(2):
        assert await rebuilding.rebuild(graph, users, tweets) == 3
        rows = await graph.read(
            "MATCH (u:User) RETURN u.id AS id, u.username AS name, u.lastPostMs AS posted"
        )
        found = {row["id"]: (row["name"], row["posted"]) for row in rows}
        assert found == {str(ann): ("new", 40), str(bob): ("bob", 900), str(cy): ("cy", None)}
    with pytest.raises(WorldRefused, match="export of users"):
        await rebuilding.rebuild(graph, tweets, users)


async def test_seed_graph_has_constraints_an_index_and_a_password(graph: Graph, neo4j_url: str):
    rows = await graph.read("SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties")
    unique = {
        (row["labelsOrTypes"][0], *row["properties"]) for row in rows if row["type"] == "UNIQUENESS"
    }
    assert {("User", "id"), ("Outbox", "id"), ("Inbox", "key")} <= unique
    rows = await graph.read("SHOW INDEXES YIELD labelsOrTypes, properties, state")
    online = {
        (row["labelsOrTypes"][0], *row["properties"])
        for row in rows
        if row["labelsOrTypes"] and row["state"] == "ONLINE"
    }
    assert {("User", "usernameKey"), ("User", "nameKey"), ("User", "createdMs")} <= online
    place = urlsplit(neo4j_url)
    for user in ("", "neo4j:neo4j@", "neo4j:wrong-password@"):
        stranger = Graph.connect(f"bolt://{user}{place.hostname}:{place.port}")
        with pytest.raises(StoreUnavailable):
            await stranger.read("MATCH (u:User) RETURN u")
        await stranger.close()


async def test_migrating_twice_at_once_is_migrating_once(graph: Graph):
    before = await graph.read("SHOW INDEXES YIELD name RETURN name ORDER BY name")
    await asyncio.gather(migrate(graph), migrate(graph))
    assert await graph.read("SHOW INDEXES YIELD name RETURN name ORDER BY name") == before


def test_schema_is_printed_without_settings(capsys: pytest.CaptureFixture[str]):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == SCHEMA.as_str() + "\n"


def test_commands_run_on_the_graph_and_name_what_is_missing(
    neo4j_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    for name in [name for name in os.environ if name.startswith("MT_")]:
        monkeypatch.delenv(name)
    assert main(["migrate"]) == 1
    assert "MT_NEO4J_URL" in capsys.readouterr().err
    monkeypatch.setenv("MT_NEO4J_URL", neo4j_url)
    path = written(tmp_path / "follows.jsonl", follow(uuid7(), uuid7()))
    users = written(tmp_path / "users", {"kind": "export", "service": "users", "atMs": 1})
    tweets = written(tmp_path / "tweets", {"kind": "export", "service": "tweets", "atMs": 1})
    for command in (
        ["migrate"],
        ["load", str(path)],
        ["export", str(tmp_path / "out")],
        ["rebuild", str(users), str(tweets)],
    ):
        assert main(command) == 0
    assert capsys.readouterr().out.startswith("social: 1 new follows\nsocial: ")
    assert main(["load", str(tmp_path / "none")]) == 1
    assert main(["rebuild", str(tweets), str(users)]) == 1
    assert "is not the beginning of an export of users" in capsys.readouterr().err
