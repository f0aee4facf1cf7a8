"""Make anew what is kept of others and what is counted, while everything runs.

Author cards come from an export of users, in parts of a transaction each: an event waits for one
part at most, and a rebuild that is killed leaves rows that are right, each as old or as new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from chassis.exports import Line, any_text, read_export, whole_number
from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.tweets.model.errors import WorldRefused
from subgraphs.tweets.model.ids import milliseconds
from subgraphs.tweets.model.values import AuthorCard
from subgraphs.tweets.store import cards as store
from subgraphs.tweets.store import counters

AT_ONCE: Final = 1_000
# Whose id is so much older than an export, but not in it, does not exist: no sign-up takes longer,
# and no two clocks differ by more.
SIGN_UP_MS: Final = 60_000
LAST_ID: Final = UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Rebuilt:
    """What was found.

    Attributes:
        cards: in the export.
        counters: tweets whose counters were wrong.
    """

    cards: int
    counters: int


@traced
async def rebuild(database: Database, users: Path) -> Rebuilt:
    """Make the author cards those of users, and the counters those of our own rows.

    Raises:
        WorldRefused: a line cannot be used; nothing is changed.
        StoreUnavailable: Postgres is away; rebuilding again ends the work.
        OSError: the file cannot be read.
    """
    for _ in _cards(users):
        pass
    count = await _rebuild_cards(database, users)
    return Rebuilt(count, await recount(database))


@traced
async def recount(database: Database) -> int:
    """Mend the like and reply counts that are not those of the rows.

    Returns:
        How many tweets had a wrong one.
    """
    mended, after = 0, UUID(int=0)
    while True:
        async with database.session() as session:
            last, wrong = await counters.wrong_after(session, after, limit=AT_ONCE)
        for tweet in wrong:
            async with database.transaction() as session:
                mended += await counters.recount(session, tweet)
        if last is None:
            return mended
        after = last


async def _rebuild_cards(database: Database, users: Path) -> int:
    began_ms, _ = read_export(users, "users", WorldRefused)
    oldest_ms = began_ms - SIGN_UP_MS
    count, after, cards = 0, UUID(int=0), _cards(users)
    while True:
        part = list(islice(cards, AT_ONCE))
        up_to = part[-1].user_id if len(part) == AT_ONCE else LAST_ID
        async with database.transaction() as session:
            await store.rebuild_cards(session, part)
            others = await store.others_between(session, part, after, up_to)
            await store.forget(session, [one for one in others if milliseconds(one) <= oldest_ms])
        count, after = count + len(part), up_to
        if up_to == LAST_ID:
            return count


def _cards(users: Path) -> Iterator[AuthorCard]:
    """Read an export of users.

    Raises:
        WorldRefused: a line cannot be used, or ids do not ascend.
    """
    _, lines = read_export(users, "users", WorldRefused)
    before = UUID(int=0)
    for line in lines:
        card = _card(line)
        if card.user_id <= before:
            raise line.refuse("userId", "does not come after that of the line before")
        before = card.user_id
        yield card


def _card(line: Line) -> AuthorCard:
    return AuthorCard(
        user_id=line.take("userId", lambda text: UUID(any_text(text))),
        username=line.take("username", any_text),
        display_name=line.take("displayName", any_text),
        avatar=None,
        version=line.take("version", whole_number),
    )
