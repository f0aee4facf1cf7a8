"""A small world in plain Python: what happened, the events that tell it, and the rule itself.

`home` is the oracle of everything here: written from the product's rule, without a look at the
service.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from uuid import UUID

from chassis.envelope import Envelope, uuid7


@dataclass(frozen=True)
class Post:
    """A tweet, as its author posted it."""

    id: UUID
    author: UUID
    ms: int
    reply_to: Post | None
    root: UUID


@dataclass
class World:
    """Who posted what, who follows whom, and every event that told so."""

    posts: dict[UUID, Post] = field(default_factory=dict[UUID, Post])
    gone: set[UUID] = field(default_factory=set[UUID])
    follows: set[tuple[UUID, UUID]] = field(default_factory=set[tuple[UUID, UUID]])
    seqs: dict[UUID, int] = field(default_factory=dict[UUID, int])
    versions: dict[tuple[UUID, UUID], int] = field(default_factory=dict[tuple[UUID, UUID], int])
    clock: itertools.count[int] = field(default_factory=lambda: itertools.count(1_700_000_000_000))

    def post(
        self,
        author: UUID,
        reply_to: Post | None = None,
        *,
        ms: int | None = None,
        tweet_id: UUID | None = None,
    ) -> tuple[Post, Envelope]:
        new = uuid7() if tweet_id is None else tweet_id
        root = new if reply_to is None else reply_to.root
        post = Post(new, author, next(self.clock) if ms is None else ms, reply_to, root)
        self.posts[new] = post
        return post, tweet_event("posted", post, 1)

    def delete(self, post: Post) -> Envelope:
        self.gone.add(post.id)
        return tweet_event("deleted", post, 2)

    def follow(self, actor: UUID, target: UUID) -> Envelope:
        self.follows.add((actor, target))
        return self._follow_event("added", actor, target)

    def unfollow(self, actor: UUID, target: UUID) -> Envelope:
        self.follows.discard((actor, target))
        return self._follow_event("removed", actor, target)

    def home(self, viewer: UUID) -> list[UUID]:
        """The rule: what is in somebody's home timeline, newest first."""
        seen = {viewer} | {target for actor, target in self.follows if actor == viewer}
        shown = [
            post
            for post in self.posts.values()
            if post.id not in self.gone
            and post.author in seen
            and (
                post.reply_to is None
                or post.reply_to.author == post.author
                or post.reply_to.author in seen
            )
        ]
        return [post.id for post in sorted(shown, key=lambda p: (p.ms, p.id.bytes), reverse=True)]

    def _follow_event(self, change: str, actor: UUID, target: UUID) -> Envelope:
        seq = self.seqs[actor] = self.seqs.get(actor, 0) + 1
        self.versions[actor, target] = seq
        data = {"actorId": str(actor), "targetId": str(target), "edgeVersion": seq, "atMs": seq}
        return Envelope.new(
            f"social.follow.{change}",
            source="social",
            subject=str(actor),
            aggversion=seq,
            data=data,
        )


def tweet_event(change: str, post: Post, version: int) -> Envelope:
    parent = post.reply_to
    return Envelope.new(
        f"tweets.tweet.{change}",
        source="tweets",
        subject=str(post.id),
        aggversion=version,
        data={
            "tweetId": str(post.id),
            "authorId": str(post.author),
            "replyTo": parent and {"tweetId": str(parent.id), "authorId": str(parent.author)},
            "rootId": str(post.root),
            "createdMs": post.ms,
        },
    )
