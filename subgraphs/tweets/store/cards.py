"""The author cards: a projection of users, each row as new as its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import and_, delete, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.tweets.model.values import AuthorCard, Avatar
from subgraphs.tweets.store.reading import among
from subgraphs.tweets.store.tables import AuthorCards


@traced
async def cards_by_user(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, AuthorCard]:
    """Give the cards that are known among `ids`."""
    query = select(
        col(AuthorCards.user_id),
        col(AuthorCards.username),
        col(AuthorCards.display_name),
        col(AuthorCards.avatar),
        col(AuthorCards.version),
    ).where(among(col(AuthorCards.user_id), ids))
    return {
        user_id: AuthorCard(user_id, username, name, _avatar(avatar), version)
        for user_id, username, name, avatar, version in await session.execute(query)
    }


@traced
async def store_cards(session: AsyncSession, cards: Sequence[AuthorCard]) -> None:
    """Write whole cards; one that is not newer than what stands is dropped."""
    if cards:
        await _upsert(session, cards, with_avatar=True)


@traced
async def store_name(session: AsyncSession, card: AuthorCard) -> None:
    """Write the names of a card and leave the avatar, which the event does not tell."""
    await _upsert(session, [card], with_avatar=False)


@traced
async def rebuild_cards(session: AsyncSession, cards: Sequence[AuthorCard]) -> None:
    """Write whole cards as their owner has them, but for those that are newer here.

    Unlike `store_cards` it also mends a card of the same version. Rows that are right are not
    written again.
    """
    if not cards:
        return
    new = insert(AuthorCards).values([_row(card) for card in cards])
    stored = (col(AuthorCards.username), col(AuthorCards.display_name), col(AuthorCards.avatar))
    given = (new.excluded.username, new.excluded.display_name, new.excluded.avatar)
    older = col(AuthorCards.version) < new.excluded.version
    wrong = and_(
        col(AuthorCards.version) == new.excluded.version,
        tuple_(*stored).is_distinct_from(tuple_(*given)),
    )
    changed = {
        "username": new.excluded.username,
        "display_name": new.excluded.display_name,
        "avatar": new.excluded.avatar,
        "version": new.excluded.version,
    }
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[col(AuthorCards.user_id)], set_=changed, where=or_(older, wrong)
        )
    )


@traced
async def others_between(
    session: AsyncSession, cards: Sequence[AuthorCard], after: UUID, up_to: UUID
) -> Sequence[UUID]:
    """Give whose cards stand from `after` (left out) to `up_to` and are not among `cards`."""
    user = col(AuthorCards.user_id)
    known = [card.user_id for card in cards]
    query = select(user).where(user > after, user <= up_to, not_(among(user, known)))
    return (await session.scalars(query.order_by(user))).all()


@traced
async def forget(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Remove the cards of people who do not exist."""
    if ids:
        await session.execute(delete(AuthorCards).where(among(col(AuthorCards.user_id), ids)))


async def _upsert(session: AsyncSession, cards: Sequence[AuthorCard], *, with_avatar: bool) -> None:
    newest = {card.user_id: card for card in sorted(cards, key=lambda card: card.version)}
    # In order of the id, so that two transactions lock the same cards in the same order.
    new = insert(AuthorCards).values([_row(newest[user_id]) for user_id in sorted(newest)])
    changed = {
        "username": new.excluded.username,
        "display_name": new.excluded.display_name,
        "version": new.excluded.version,
    }
    if with_avatar:
        changed["avatar"] = new.excluded.avatar
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[col(AuthorCards.user_id)],
            set_=changed,
            where=col(AuthorCards.version) < new.excluded.version,
        )
    )


def _row(card: AuthorCard) -> dict[str, object]:
    return {
        "user_id": card.user_id,
        "username": card.username,
        "display_name": card.display_name,
        "avatar": None if card.avatar is None else asdict(card.avatar),
        "version": card.version,
    }


def _avatar(stored: Mapping[str, str | None] | None) -> Avatar | None:
    if stored is None:
        return None
    return Avatar(
        key=stored["key"] or "",
        url=stored["url"] or "",
        thumbnail_url=stored["thumbnail_url"] or "",
        blurhash=stored["blurhash"],
    )
