"""The rules of text: what may be posted, how long it is, and how it is folded for search."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

from subgraphs.tweets.model.errors import SearchRefused, TextRefused

LONGEST: Final = 280
# A family of four with skin tones is one character of 11 code points. Without a cap in code points
# one "character" with a million accents would pass, and counting it would cost seconds.
LONGEST_IN_CODE_POINTS: Final = LONGEST * 16
LONGEST_QUERY: Final = 256

_GRAPHEME = regex.compile(r"\X")
# Separators, controls and formats are invisible; so are the fillers that Unicode calls letters.
_VISIBLE = regex.compile(r"[^\p{Z}\p{Cc}\p{Cf}\p{M}\u115F\u1160\u2800\u3164\uFFA0]")
_UNSTORABLE = regex.compile(r"[\x00\p{Cs}]")
_MARK = regex.compile(r"\p{M}+")
# Postgres refuses a query with a word of more than 2,046 bytes, and leaves it out of an index.
_TOO_LONG = regex.compile(r"([\p{L}\p{N}]{200})[\p{L}\p{N}]+")
_NOT_A_WORD = regex.compile(r"[^\p{L}\p{N}]+")
# In a query `"` opens a phrase and a `-` that starts a word excludes it; all else parts words.
_NOT_IN_A_QUERY = regex.compile(r"""[^\p{L}\p{N}"-]+|(?<![\s"]|^)-+|-+(?![\p{L}\p{N}"])""")


def count_characters(text: str) -> int:
    """Count what a reader calls characters: extended grapheme clusters (UAX 29)."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def storable(text: str) -> bool:
    """Tell whether Postgres and UTF-8 can hold `text`: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def read_text(text: str, field: tuple[str, ...] = ("input", "text")) -> str:
    """Check the text of a tweet and return it in NFC, otherwise as it was written.

    Raises:
        TextRefused: blank, longer than 280 characters, or not storable; names `field`.
    """
    if len(text) > LONGEST_IN_CODE_POINTS:
        raise TextRefused(field, f"A tweet has at most {LONGEST} characters.")
    if not storable(text):
        raise TextRefused(field, "A tweet cannot hold NUL or half of a surrogate pair.")
    text = unicodedata.normalize("NFC", text)
    if _VISIBLE.search(text) is None:
        raise TextRefused(field, "A tweet needs at least one character that can be seen.")
    if (length := count_characters(text)) > LONGEST:
        raise TextRefused(field, f"A tweet has at most {LONGEST} characters; this has {length}.")
    return text


def fold(text: str) -> str:
    """Take case, accents and width out of `text`, so that `Café`, `CAFE` and `ｃａｆé` are one."""
    bare = _MARK.sub("", unicodedata.normalize("NFKD", text)).casefold()
    # Case folding can bring new decomposable characters, e.g. from U+0130.
    return _MARK.sub("", unicodedata.normalize("NFKD", bare))


def words(text: str) -> str:
    """Give the folded words of `text`, parted by single spaces: what the search index is made of.

    Words are cut here and not by Postgres, whose parser reads `foo/bar` as a path and `a.b` as a
    host, and whose idea of a letter depends on the locale of the database. Of a word of more than
    200 letters the rest is left out, here as in a query.
    """
    return _TOO_LONG.sub(r"\1", _NOT_A_WORD.sub(" ", fold(text)).strip())


def search_words(query: str, field: tuple[str, ...] = ("query",)) -> str:
    """Fold a query as `words` folds text, keeping only phrases, `or` and `-`.

    Returns:
        Text for `websearch_to_tsquery('simple', …)`.

    Raises:
        SearchRefused: longer than 256 characters, or without a single word; names `field`.
    """
    if len(query) > LONGEST_QUERY:
        raise SearchRefused(field, f"A search has at most {LONGEST_QUERY} characters.")
    cleaned = _TOO_LONG.sub(r"\1", _NOT_IN_A_QUERY.sub(" ", fold(query)).strip())
    if not words(cleaned):
        raise SearchRefused(field)
    return " ".join(cleaned.split())
