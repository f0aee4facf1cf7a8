"""Every query on a real Postgres."""

from __future__ import annotations

from uuid import UUID

from chassis.envelope import uuid7
from chassis.postgres import Database
from subgraphs.tweets.model.values import ReplySort, SearchSort, UserTweetFilter, Window
from subgraphs.tweets.service import liking, posting, reading, searching


async def post(database: Database, author: UUID, text: str, parent: UUID | None = None):
    return await posting.post(database, posting.new_tweet(author, text, parent, str(uuid7())))


async def test_smoke(database: Database):
    ann, bob = uuid7(), uuid7()
    a = await post(database, ann, "Café au lait")
    b = await post(database, bob, "reply", a.id)
    c = await post(database, bob, "reply 2", b.id)
    l = await liking.like(database, bob, a.id)
    assert l.like_count == 1
    p = await reading.user_tweets(database, UserTweetFilter.POSTS, [ann, bob], Window(5))
    assert [x.item.id for x in p[ann].items] == [a.id]
    p = await reading.user_tweets(database, UserTweetFilter.LIKES, [ann, bob], Window(5))
    assert [x.item.id for x in p[bob].items] == [a.id]
    p = await reading.replies(database, ReplySort.OLDEST, [a.id, b.id], Window(5))
    assert [x.item.id for x in p[a.id].items] == [b.id]
    p = await reading.likers(database, [a.id], Window(5))
    assert [x.item for x in p[a.id].items] == [bob]
    q = await reading.ancestors(database, [c.id, a.id])
    assert [i for i, _ in q[c.id]] == [a.id, b.id]
    for sort in SearchSort:
        s = await searching.search(database, "CAFE", sort, Window(5))
        assert [x.item.id for x in s.items] == [a.id]
        s = await searching.search(database, "CAFE", sort, Window(5, s.items[0].position))
        assert not s.items and s.has_previous
    assert await searching.estimate(database, "CAFE") == 1
    await posting.delete(database, ann, a.id)
    q = await reading.ancestors(database, [c.id, a.id])
    assert [(i, t) for i, t in q[c.id]][0] == (a.id, None)
