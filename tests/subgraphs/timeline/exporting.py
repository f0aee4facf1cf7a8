"""The exports that the owners of the truth would write of a world."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.subgraphs.timeline.truth import Post, World

NOW_MS = 1 << 45


def write(path: Path, service: str, lines: Iterable[dict[str, Any]], at_ms: int = NOW_MS) -> Path:
    head = {"kind": "export", "service": service, "atMs": at_ms}
    path.write_text("".join(json.dumps(line) + "\n" for line in [head, *lines]))
    return path


def exports(folder: Path, world: World, at_ms: int = NOW_MS) -> list[Path]:
    """What users, tweets and social would write."""
    people = {post.author for post in world.posts.values()} | set(world.seqs)
    living = [post for post in world.posts.values() if post.id not in world.gone]
    accounts = [{"kind": "account", "userId": str(person), "version": 1} for person in people]
    return [
        write(folder / "users.jsonl", "users", accounts, at_ms),
        write(folder / "tweets.jsonl", "tweets", map(tweet_line, living), at_ms),
        write(folder / "social.jsonl", "social", follow_lines(world), at_ms),
    ]


def tweet_line(post: Post, version: int = 1) -> dict[str, Any]:
    parent = post.reply_to
    return {
        "kind": "tweet",
        "tweetId": str(post.id),
        "authorId": str(post.author),
        "replyTo": parent and {"tweetId": str(parent.id), "authorId": str(parent.author)},
        "rootId": str(post.root),
        "createdMs": post.ms,
        "version": version,
    }


def follow_lines(world: World) -> list[dict[str, Any]]:
    edges: list[dict[str, Any]] = [
        {
            "kind": "follow",
            "actorId": str(actor),
            "targetId": str(target),
            "version": world.versions[actor, target],
            "atMs": 1,
        }
        for actor, target in world.follows
    ]
    seqs = world.seqs.items()
    return edges + [{"kind": "actor", "userId": str(who), "seq": seq} for who, seq in seqs]
