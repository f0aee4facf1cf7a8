"""One request's batched look-ups: what many fields ask in one moment is one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from chassis.postgres import Database
from subgraphs.tweets.model.errors import AuthorUnavailable
from subgraphs.tweets.model.values import (
    AuthorCard,
    Page,
    ReplySort,
    Tweet,
    UserTweetFilter,
    Window,
)
from subgraphs.tweets.service import reading
from subgraphs.tweets.service.authors import Authors

Item = TypeVar("Item")
Sort = TypeVar("Sort")
# (whose list, which list, which part of it)
PageKey: TypeAlias = "tuple[UUID, Sort, Window]"
Ancestors: TypeAlias = "Sequence[tuple[UUID, Tweet | None]]"


class Loaders:
    """The look-ups of one request; never shared between requests, since they remember.

    Args:
        database: where everything is.
        authors: who knows the author cards.
        viewer: whose likes are looked up; `None` when nobody is logged in.
        remember: whether what was looked up once counts for the rest of the request; not for a
            subscription, whose frames would show the past.
    """

    def __init__(
        self,
        database: Database,
        authors: Authors,
        viewer: UUID | None,
        *,
        remember: bool = True,
    ) -> None:
        self._database = database
        self._authors = authors
        self._viewer = viewer
        self.tweets: DataLoader[UUID, Tweet | None] = DataLoader(self._tweets, cache=remember)
        self.cards: DataLoader[UUID, AuthorCard | None] = DataLoader(self._cards, cache=remember)
        self.liked: DataLoader[UUID, bool] = DataLoader(self._liked, cache=remember)
        self.tweet_counts: DataLoader[UUID, int] = DataLoader(self._tweet_counts, cache=remember)
        self.likes_given: DataLoader[UUID, int] = DataLoader(self._likes_given, cache=remember)
        self.ancestors: DataLoader[UUID, Ancestors] = DataLoader(self._ancestors, cache=remember)
        self.user_tweets: DataLoader[PageKey[UserTweetFilter], Page[Tweet]] = DataLoader(
            self._user_tweets, cache=remember
        )
        self.replies: DataLoader[PageKey[ReplySort], Page[Tweet]] = DataLoader(
            self._replies, cache=remember
        )
        self.likers: DataLoader[PageKey[None], Page[UUID]] = DataLoader(
            self._likers, cache=remember
        )

    async def _tweets(self, ids: list[UUID]) -> list[Tweet | None]:
        found = await reading.tweets(self._database, ids)
        return [found.get(tweet) for tweet in ids]

    async def _cards(self, ids: list[UUID]) -> list[AuthorCard | BaseException | None]:
        found = await self._authors.cards(ids)
        return [found[user] if user in found else AuthorUnavailable() for user in ids]

    async def _liked(self, ids: list[UUID]) -> list[bool]:
        if self._viewer is None:
            return [False] * len(ids)
        found = await reading.liked(self._database, self._viewer, ids)
        return [tweet in found for tweet in ids]

    async def _tweet_counts(self, users: list[UUID]) -> list[int]:
        found = await reading.tweet_counts(self._database, users)
        return [found.get(user, 0) for user in users]

    async def _likes_given(self, users: list[UUID]) -> list[int]:
        found = await reading.likes_given(self._database, users)
        return [found.get(user, 0) for user in users]

    async def _ancestors(self, ids: list[UUID]) -> list[Ancestors]:
        found = await reading.ancestors(self._database, ids)
        return [found.get(tweet, ()) for tweet in ids]

    async def _user_tweets(self, keys: list[PageKey[UserTweetFilter]]) -> list[Page[Tweet]]:
        return await _each_kind(
            keys,
            lambda which, users, part: reading.user_tweets(self._database, which, users, part),
        )

    async def _replies(self, keys: list[PageKey[ReplySort]]) -> list[Page[Tweet]]:
        return await _each_kind(
            keys, lambda sort, ids, part: reading.replies(self._database, sort, ids, part)
        )

    async def _likers(self, keys: list[PageKey[None]]) -> list[Page[UUID]]:
        return await _each_kind(
            keys, lambda _, ids, part: reading.likers(self._database, ids, part)
        )


async def _each_kind(
    keys: Sequence[PageKey[Sort]],
    read: Callable[[Sort, Sequence[UUID], Window], Awaitable[Mapping[UUID, Page[Item]]]],
) -> list[Page[Item]]:
    """Read the pages of all owners at once, per distinct (kind, window): mostly one."""
    owners: dict[tuple[Sort, Window], list[UUID]] = {}
    for owner, sort, part in keys:
        owners.setdefault((sort, part), []).append(owner)
    found = {(sort, part): await read(sort, those, part) for (sort, part), those in owners.items()}
    return [found[sort, part][owner] for owner, sort, part in keys]
