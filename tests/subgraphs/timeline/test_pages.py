"""Pages: whole, full, in order, and where they were when others came in between."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from chassis.envelope import WriteToken, uuid7
from subgraphs.timeline.model.errors import TokenRefused
from subgraphs.timeline.model.values import TimelineState, Window
from subgraphs.timeline.service import reading
from subgraphs.timeline.store import followers
from tests.subgraphs.timeline.serving import Service, ids_of
from tests.subgraphs.timeline.truth import World


async def test_seed_own_tweets_are_there(service: Service, world: World):
    """The first timeline left one's own tweets out."""
    me, friend, stranger = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    await service.ready(me)
    mine, event = world.post(me)
    theirs, other = world.post(friend)
    _, nobodys = world.post(stranger)
    await service.take(event, other, nobodys)
    assert await service.whole(me) == [theirs.id, mine.id] == world.home(me)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_seed_a_timeline_has_pages_to_its_very_end(small: Service, world: World, when: str):
    """The first one was a list of 100 tweets at most, without pages."""
    me, friend = uuid7(), uuid7()
    await small.take(world.follow(me, friend))
    if when == "before":
        await small.ready(me)
    await small.take_together(*(world.post(friend)[1] for _ in range(90)))
    await small.ready(me)
    # 40 of them from Redis, the others from Postgres.
    for size in (1, 7, 100):
        assert await small.whole(me, size) == world.home(me)
    assert len(await small.pulled(me, 100)) == 90


async def test_of_replies_only_those_to_people_one_knows(service: Service, world: World):
    me, friend, other, stranger = uuid7(), uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend), world.follow(me, other))
    await service.ready(me)
    roots = {author: world.post(author) for author in (me, friend, other, stranger)}
    replies = {target: world.post(friend, root) for target, (root, _) in roots.items()}
    await service.take(*(event for _, event in (*roots.values(), *replies.values())))
    shown = await service.whole(me)
    assert shown == world.home(me)
    assert replies[stranger][0].id not in shown
    assert {replies[target][0].id for target in (me, friend, other)} < set(shown)
    # A reply becomes visible, and invisible again, with the follow of whom it answers.
    for change in (world.follow, world.unfollow):
        await service.take(change(me, stranger))
        assert await service.whole(me) == world.home(me) == await service.pulled(me)


async def test_pages_stay_where_they_were_when_a_thousand_tweets_come(
    service: Service, world: World
):
    me, friend = uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    await service.take_together(*(world.post(friend)[1] for _ in range(60)))
    before = world.home(me)
    await service.ready(me)
    first = await page(service, me, "redis", Window(20))
    await service.take_together(*(world.post(friend)[1] for _ in range(1_000)))
    for source in ("redis", "postgres"):
        ids = list(first)
        while len(ids) < len(before):
            last = world.posts[ids[-1]]
            ids += await page(service, me, source, Window(20, position(last.ms, last.id)))
        assert ids == before
    # And back up again, over those that came meanwhile.
    home = await service.home(me, 100, start=position(world.posts[ids[0]].ms, ids[0]), newer=True)
    assert ids_of(home) == world.home(me)[900:1_000]


async def test_a_cursor_holds_though_its_tweet_or_its_author_is_gone(
    service: Service, world: World
):
    me, friend, other = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend), world.follow(me, other))
    await service.take(*(world.post((friend, other)[n % 2])[1] for n in range(40)))
    await service.ready(me)
    middle = world.home(me)[20]
    last = world.posts[middle]
    window = Window(20, position(last.ms, last.id))
    changes = [
        lambda: world.delete(last),
        lambda: world.unfollow(me, last.author),
        lambda: world.follow(me, last.author),
    ]
    for change in changes:
        await service.take(change())
        place = (last.ms, last.id)
        below = [one for one in world.home(me) if (world.posts[one].ms, one) < place]
        for source in ("redis", "postgres"):
            assert await page(service, me, source, window) == below[:20] != []


async def page(service: Service, me: UUID, source: str, window: Window) -> Sequence[UUID]:
    if source == "redis":
        home = await service.home(me, window.size, start=window.start)
        return ids_of(home)
    async with service.database.session() as session:
        found = await reading.pages.home_page(session, me, window)
    return [item.position.id for item in found.items]


def position(ms: int, tweet: UUID) -> reading.pages.Position:
    return reading.pages.Position(ms, tweet)


async def test_a_hundred_tweets_in_one_millisecond_keep_their_order(service: Service, world: World):
    me, friends = uuid7(), [uuid7() for _ in range(5)]
    await service.take(*(world.follow(me, friend) for friend in friends))
    await service.ready(me)
    events = [world.post(friends[n % 5], ms=1_700_000_000_000)[1] for n in range(100)]
    random.Random(1).shuffle(events)  # noqa: S311 no secret
    await service.take(*events)
    expected = sorted(world.posts, reverse=True)
    for size in (1, 7, 100):
        assert await service.whole(me, size) == expected
    assert await service.pulled(me, 7) == expected


async def test_following_brings_what_is_there_and_unfollowing_takes_it(
    service: Service, world: World
):
    me, friend, author = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    await service.take(*(world.post((me, friend, author)[n % 3])[1] for n in range(60)))
    await service.ready(me)
    await service.take(world.follow(me, author))
    assert await service.whole(me) == world.home(me)
    await service.take(world.unfollow(me, author))
    assert await service.whole(me) == world.home(me)
    assert await service.pulled(me) == world.home(me)


async def test_following_somebody_who_wrote_more_than_a_feed_holds(small: Service, world: World):
    me, author = uuid7(), uuid7()
    await small.ready(me)
    await small.take(*(world.post(author)[1] for _ in range(60)))
    await small.take(world.follow(me, author))
    assert await small.whole(me) == world.home(me)
    assert len(world.home(me)) == 60


async def test_seed_delete_and_unfollow_reach_the_timeline(service: Service, world: World):
    """In the first one neither did; it stayed as it was cached."""
    me, friend, other = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend), world.follow(me, other))
    await service.ready(me)
    kept, first = world.post(friend)
    gone, second = world.post(friend)
    theirs, third = world.post(other)
    await service.take(first, second, third)
    assert ids_of(await service.home(me)) == [theirs.id, gone.id, kept.id]
    await service.take(world.delete(gone))
    assert ids_of(await service.home(me)) == [theirs.id, kept.id]
    await service.take(world.unfollow(me, other))
    assert ids_of(await service.home(me)) == [kept.id]


@pytest.mark.parametrize("count", [0, 2, 3, 6, 7])
async def test_a_tweet_reaches_all_followers_chunk_by_chunk(
    service: Service, world: World, monkeypatch: pytest.MonkeyPatch, count: int
):
    monkeypatch.setattr(followers, "CHUNK", 3)
    author, people = uuid7(), [uuid7() for _ in range(count)]
    await service.take(*(world.follow(me, author) for me in people))
    for me in people:
        await service.ready(me)
    tweet, posted = world.post(author)
    await service.take(posted)
    assert [await held(service, me) for me in people] == [[tweet.id]] * count
    await service.take(world.delete(tweet))
    assert [await held(service, me) for me in people] == [[]] * count


async def held(service: Service, me: UUID) -> list[UUID]:
    """What is in the feed itself."""
    found = await service.resources.feeds.page(me, Window(20))
    assert found is not None
    assert found.page is not None
    return [item.position.id for item in found.page.items]


async def test_a_late_posting_does_not_bring_a_deleted_tweet_back(service: Service, world: World):
    me = uuid7()
    await service.ready(me)
    tweet, posted = world.post(me)
    deleted = world.delete(tweet)
    await service.take(deleted, posted, posted)
    assert await service.whole(me) == [] == await service.pulled(me)


async def test_an_unfollow_that_overtakes_its_follow_holds(service: Service, world: World):
    me, friend = uuid7(), uuid7()
    await service.take(world.post(friend)[1])
    await service.ready(me)
    followed, unfollowed = world.follow(me, friend), world.unfollow(me, friend)
    await service.take(unfollowed, followed)
    assert await service.whole(me) == [] == await service.pulled(me)
    await service.take(world.follow(me, friend))
    assert await service.whole(me) == world.home(me) != []


async def test_a_page_has_the_change_that_it_was_asked_for(service: Service, world: World):
    me = uuid7()
    await service.ready(me)
    tweet, event = world.post(me)
    token = WriteToken("tweets", str(tweet.id), 1)
    late = await reading.home(service.resources, me, Window(20), token)
    assert late.state is TimelineState.DEGRADED
    await service.take(event)
    home = await reading.home(service.resources, me, Window(20), token)
    assert (ids_of(home), home.state) == ([tweet.id], TimelineState.READY)
    gone = world.delete(tweet)
    token = WriteToken("tweets", str(tweet.id), 2)
    late = await reading.home(service.resources, me, Window(20), token)
    assert late.state is TimelineState.DEGRADED
    await service.take(gone)
    home = await reading.home(service.resources, me, Window(20), token)
    assert (ids_of(home), home.state) == ([], TimelineState.READY)


async def test_a_change_of_follows_is_waited_for_by_its_own_number(service: Service, world: World):
    me, one, two = uuid7(), uuid7(), uuid7()
    first, second = world.follow(me, one), world.follow(me, two)
    await service.take(second)

    async def state(seq: int) -> TimelineState:
        token = WriteToken("social", str(me), seq)
        return (await reading.home(service.resources, me, Window(1), token)).state

    assert await state(2) is TimelineState.READY
    # The second has come, the first has not.
    assert await state(1) is TimelineState.DEGRADED
    await service.take(first)
    assert await state(1) is TimelineState.READY


async def test_a_like_is_not_waited_for(service: Service):
    token = WriteToken("likes", str(uuid7()), 3)
    home = await reading.home(service.resources, uuid7(), Window(1), token)
    assert home.state is TimelineState.READY


@pytest.mark.parametrize(
    "token", [WriteToken("tweets", "no id", 1), WriteToken("social", str(uuid7()), 1 << 40)]
)
async def test_a_token_that_names_nothing_is_refused(service: Service, token: WriteToken):
    with pytest.raises(TokenRefused) as refused:
        await reading.home(service.resources, uuid7(), Window(1), token)
    assert refused.value.field == ("atLeast",)


async def test_a_feed_that_lost_most_of_its_tweets_is_made_anew(small: Service, world: World):
    me, loud, quiet = uuid7(), uuid7(), uuid7()
    await small.take(world.follow(me, loud), world.follow(me, quiet))
    await small.take(*(world.post(quiet if n < 30 else loud)[1] for n in range(70)))
    old = await small.ready(me)
    await small.take(world.unfollow(me, loud))
    assert await small.whole(me) == world.home(me)
    new = await small.ready(me)
    assert new.resume.epoch != old.resume.epoch
    found = await small.resources.feeds.page(me, Window(20))
    assert found is not None
    assert found.page is not None
