"""Following a thread, over a real socket: nothing lost, nothing twice, in the order of commits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text
from websockets.exceptions import InvalidStatus

from chassis.bus import Bus
from chassis.envelope import uuid7
from chassis.postgres import Database
from subgraphs.tweets.app import create_app
from subgraphs.tweets.service import posting
from subgraphs.tweets.service.threads import Threads, bell
from subgraphs.tweets.settings import TweetsSettings
from subgraphs.tweets.store import threads as store
from tests.subgraphs.tweets.asking import Asker, statements, tweet_id
from tests.subgraphs.tweets.following import connect, following, served
from tests.subgraphs.tweets.waiting import until

ANN, BOB = uuid7(), uuid7()


@pytest.fixture
async def url(settings: TweetsSettings) -> AsyncIterator[str]:
    """A second replica, on a real port: what `asker` changes, its followers hear."""
    async with served(create_app(settings, consume=False)) as url:
        yield url


async def test_a_follower_is_told_of_replies_anywhere_and_of_deletions(asker: Asker, url: str):
    root = await asker.posted(ANN, "root")
    old = await asker.posted(BOB, "before", reply_to=root)
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        child = await asker.posted(BOB, "child", reply_to=root)
        assert await stream.told() == "+child"
        await asker.posted(ANN, "grandchild", reply_to=child)
        assert await stream.told() == "+grandchild"
        await asker.act("deleteTweet", BOB, old)
        assert await stream.told() == f"-{old}"


async def test_other_threads_are_not_told_of(asker: Asker, url: str):
    root, other = await asker.posted(ANN, "root"), await asker.posted(ANN, "other")
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        await asker.posted(BOB, "elsewhere", reply_to=other)
        await asker.posted(BOB, "here it is", reply_to=root)
        assert await stream.told() == "+here it is"


async def test_what_was_missed_comes_first_and_then_what_is_new(asker: Asker, url: str):
    root = await asker.posted(ANN, "root")
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        await asker.posted(BOB, "1", reply_to=root)
        assert await stream.told() == "+1"
        place = stream.cursor
    missed = [await asker.posted(BOB, str(n), reply_to=root) for n in range(2, 6)]
    await asker.act("deleteTweet", BOB, missed[0])
    async with following(url, root, place) as stream:
        # 2 is gone by now: its coming can no longer be told, its going is.
        assert [await stream.told() for _ in range(4)] == ["+3", "+4", "+5", f"-{missed[0]}"]
        await asker.posted(BOB, "6", reply_to=root)
        assert await stream.told() == "+6"


@pytest.mark.parametrize("seed", range(3))
async def test_cut_at_any_moment_nothing_is_lost_or_doubled(asker: Asker, url: str, seed: int):
    choose = random.Random(seed)  # noqa: S311
    root = await asker.posted(ANN, "root")
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        place = stream.cursor

    async def write(name: str) -> None:
        for n in range(15):
            await asker.posted(BOB, f"{name}{n}", reply_to=root)

    writing = [asyncio.create_task(write(name)) for name in "abcd"]
    told: list[str] = []
    while len(told) < 60:
        async with following(url, root, place) as stream:
            for _ in range(choose.randint(1, 15)):
                if len(told) == 60:
                    break
                told.append(await stream.told())
                place = stream.cursor
    await asyncio.gather(*writing)
    assert sorted(told) == sorted(f"+{name}{n}" for name in "abcd" for n in range(15))
    for name in "abcd":
        own = [one for one in told if one[1] == name]
        assert own == [f"+{name}{n}" for n in range(15)]


async def test_a_change_that_commits_late_is_not_passed_by(database: Database):
    """Numbers are taken under a lock: a lower one never becomes visible after a higher one."""
    root = await posting.post(database, posting.new_tweet(ANN, "root", None, "k"))
    new = posting.new_tweet(BOB, "late", root.id, "k2")
    async with database.transaction() as slow:
        tweet = await posting._place(slow, new, uuid7())  # pyright: ignore[reportPrivateUsage]
        await store.append(slow, tweet, gone=False)
        quick = asyncio.create_task(
            posting.post(database, posting.new_tweet(ANN, "quick", root.id, "k3"))
        )
        await until(lambda: _waits_for_a_lock(database))
        async with database.session() as session:
            assert await store.changes_after(session, root.id, 0, limit=10) == []
    await quick
    async with database.session() as session:
        changes = await store.changes_after(session, root.id, 0, limit=10)
    assert [change.number for change in changes] == [1, 2]


async def _waits_for_a_lock(database: Database) -> bool:
    async with database.session() as session:
        found = await session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        )
    return bool(found)


async def test_a_place_that_is_no_longer_kept_is_a_gap(
    asker: Asker, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "KEPT", 3)
    root = await asker.posted(ANN, "root")
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        place = stream.cursor
    for n in range(3):
        await asker.posted(BOB, str(n), reply_to=root)
    async with following(url, root, place) as stream:
        assert [await stream.told() for _ in range(3)] == ["+0", "+1", "+2"]
    await asker.posted(BOB, "3", reply_to=root)
    async with following(url, root, place) as stream:
        assert await stream.told() == "gap"
        await asker.posted(BOB, "4", reply_to=root)
        assert await stream.told() == "+4"


async def test_a_place_from_before_the_store_was_restored_is_a_gap(
    asker: Asker, url: str, database: Database
):
    root = await asker.posted(ANN, "root")
    await asker.posted(BOB, "1", reply_to=root)
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        place = stream.cursor
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM threads"))
    async with following(url, root, place) as stream:
        assert await stream.told() == "gap"


async def test_a_deleted_root_is_told_and_ends_the_stream(asker: Asker, url: str):
    root = await asker.posted(ANN, "root")
    child = await asker.posted(BOB, "child", reply_to=root)
    async with following(url, root) as stream:
        assert await stream.told() == "here"
        place = stream.cursor
        await asker.act("deleteTweet", ANN, root)
        assert await stream.told() == f"-{root}"
        assert (await stream.message())["type"] == "complete"
    # The replies stay, and can be answered; nobody can follow the thread any more.
    assert (await asker.post(BOB, "later", reply_to=child))["__typename"] == "TweetPayload"
    async with following(url, root, place) as stream:
        assert await stream.told() == f"-{root}"
        assert (await stream.message())["type"] == "complete"


@pytest.mark.parametrize(
    ("root", "after", "code", "argument"),
    [
        ("nonsense", None, "NOT_FOUND", "rootId"),
        (tweet_id(uuid7()), None, "NOT_FOUND", "rootId"),
        ("reply", None, "BAD_INPUT", "rootId"),
        ("root", "forged", "BAD_INPUT", "after"),
        ("root", "other", "BAD_INPUT", "after"),
    ],
)
async def test_a_stream_that_cannot_begin_says_why(
    asker: Asker, url: str, root: str, after: str | None, code: str, argument: str
):
    first = await asker.posted(ANN, "root")
    reply = await asker.posted(ANN, "reply", reply_to=first)
    if after == "other":
        async with following(url, await asker.posted(ANN, "other")) as stream:
            await stream.frame()
            after = stream.cursor
    named = {"root": first, "reply": reply}.get(root, root)
    async with following(url, named, after) as stream:
        message = await stream.message()
        payload = message["payload"]
        errors = payload if message["type"] == "error" else payload["errors"]
        assert [error["extensions"] for error in errors] == [{"code": code, "argument": argument}]
        assert message["type"] == "error" or payload["data"] is None


async def test_without_a_bell_changes_are_seen_at_the_next_look(database: Database):
    """A lost bell delays and loses nothing; here none is ever rung."""
    bus = await Bus.connect("nats://127.0.0.1:1", "deaf", wait_seconds=0)
    threads = Threads(database, bus, look_seconds=0.05)
    root = await posting.post(database, posting.new_tweet(ANN, "root", None, "k"))
    stream = await threads.follow(root.id, None)
    assert (await anext(stream)).number == 0
    reply = await posting.post(database, posting.new_tweet(ANN, "reply", root.id, "k2"))
    async with asyncio.timeout(20):
        assert (await anext(stream)).reply == reply
    await stream.aclose()
    await bus.close()


async def test_followers_of_one_thread_share_one_ear_and_one_read(
    asker: Asker, settings: TweetsSettings, database: Database
):
    bus = await Bus.connect(settings.nats_url, "tweets")
    threads = Threads(database, bus, look_seconds=3600)
    root = await asker.posted(ANN, "root")
    root_id = await _only_root(database)
    streams = [await threads.follow(root_id, 0) for _ in range(50)]
    waiting = [asyncio.create_task(anext(stream)) for stream in streams]
    await until(lambda: _followers(threads, root_id, 50))
    with statements() as sent:
        await asker.posted(BOB, "reply", reply_to=root)
        changes = await asyncio.gather(*waiting)
    assert {change.number for change in changes} == {1}
    assert len([one for one in sent if "FROM threadchanges" in one]) <= 2
    assert len(_subscriptions(bus)) == 1
    for stream in streams:
        await stream.aclose()
    assert threads._watches == {}  # pyright: ignore[reportPrivateUsage]
    assert _subscriptions(bus) == []
    await bus.close()


async def _only_root(database: Database) -> UUID:
    async with database.session() as session:
        return (await session.execute(text("SELECT root_id FROM tweets"))).scalar_one()


async def _followers(threads: Threads, root_id: UUID, count: int) -> bool:
    watch = threads._watches.get(root_id)  # pyright: ignore[reportPrivateUsage]
    # All have read, and wait for the bell.
    return (
        watch is not None
        and watch.followers == count
        and len(getattr(watch.rung, "_waiters")) == count  # noqa: B009
    )


def _subscriptions(bus: Bus) -> list[str]:
    known = bus.client._subs.values()  # pyright: ignore[reportPrivateUsage]
    return [one.subject for one in known if one.subject.startswith("mt.live.")]


async def test_a_frame_names_the_trace_of_its_change(asker: Asker, url: str, database: Database):
    root = await asker.posted(ANN, "root")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with following(url, root) as stream:
        assert "extensions" not in (await stream.message())["payload"]
        async with database.transaction() as session:
            await session.execute(
                text("""INSERT INTO threads (root_id, changes) SELECT root_id, 1 FROM tweets""")
            )
            await session.execute(
                text("""INSERT INTO threadchanges
                    SELECT root_id, 1, root_id, false, :trace FROM tweets"""),
                {"trace": trace},
            )
        await asker.posted(BOB, "untraced", reply_to=root)
        first, second = await stream.message(), await stream.message()
    assert first["payload"]["extensions"] == {"traceparent": trace}
    assert "extensions" not in second["payload"]


async def test_later_frames_show_what_is_then(asker: Asker, url: str, database: Database):
    """A socket lives long: what one frame looked up must not be shown by the next."""
    document = """subscription ($root: ID!, $after: String) {
        threadReplies(rootId: $root, after: $after) { cursor deletedId gap
            reply { text conversationRoot { ... on Tweet { likeCount } } } } }"""
    root = await asker.posted(ANN, "root")
    async with following(url, root, None, document) as stream:
        await stream.frame()
        seen: list[int] = []
        for n, user in enumerate([ANN, BOB]):
            await asker.act("likeTweet", user, root)
            await asker.posted(BOB, str(n), reply_to=root)
            seen.append((await stream.frame())["reply"]["conversationRoot"]["likeCount"])
    assert seen == [1, 2]


async def test_a_socket_without_the_routers_signature_is_refused(url: str):
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url):
            pass
    assert refused.value.response.status_code == 403


async def test_the_bell_is_the_agreed_subject():
    root = UUID("0190a1b2-0000-7000-8000-000000000001")
    assert bell(root) == "mt.live.thread.0190a1b2000070008000000000000001"
