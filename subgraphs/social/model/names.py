"""The rules of names in search: how they are folded, and what may be looked for."""

from __future__ import annotations

import unicodedata
from typing import Final

from subgraphs.social.model.errors import PrefixRefused

LONGEST_PREFIX: Final = 64


def fold(text: str) -> str:
    """Take case, accents and width out of a name, so that `Zoë` and `ZOE` are one."""
    bare = _without_marks(text).casefold()
    # Case folding can bring new decomposable characters, e.g. from U+0130.
    return " ".join(_without_marks(bare).split())


def search_prefix(text: str, field: tuple[str, ...] = ("prefix",)) -> str:
    """Fold what somebody types as names are folded; a leading `@` is a habit, no name.

    Raises:
        PrefixRefused: longer than 64 characters, or without a letter or digit; names `field`.
    """
    if len(text) > LONGEST_PREFIX:
        raise PrefixRefused(field)
    folded = fold(text).removeprefix("@").strip()
    if not any(unicodedata.category(character)[0] in "LNS" for character in folded):
        raise PrefixRefused(field)
    return folded


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(one for one in decomposed if not unicodedata.category(one).startswith("M"))
