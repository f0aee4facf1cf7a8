"""What may be posted, how long it is, how it is folded: the rules of text alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.tweets.model.errors import SearchRefused, TextRefused
from subgraphs.tweets.model.text import count_characters, fold, read_text, search_words, words

FAMILY = "👨🏻‍👩🏻‍👧🏻‍👦🏻"
FLAG = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("abc", 3),
        (FAMILY, 1),
        (FLAG, 1),
        ("🇩🇪🇫🇷", 2),
        ("e\u0301", 1),
        ("\r\n", 1),
        ("각", 1),
        ("नि", 1),
        ("👍🏽", 1),
    ],
)
def test_counts_what_readers_call_characters(text: str, length: int):
    assert count_characters(text) == length


def test_seed_text_length_is_counted_in_characters_and_not_in_code_units():
    assert read_text(FAMILY * 280) == FAMILY * 280
    with pytest.raises(TextRefused, match="this has 281"):
        read_text(FAMILY * 281)


# No time is measured; the bound is only there so that an explosion ends the test.
@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["a" * 281, "a" + "\u0301" * 100_000, "x" * 10_000_000])
def test_too_long_is_refused_at_once(text: str):
    with pytest.raises(TextRefused, match="at most 280") as caught:
        read_text(text)
    assert caught.value.field == ("input", "text")


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t ", "\u200b\u200d", "\u3164", "\u2800", "\u0301", "\ufeff", "\u202e\u202c"],
)
def test_what_cannot_be_seen_is_blank(text: str):
    with pytest.raises(TextRefused, match="can be seen"):
        read_text(text)


@pytest.mark.parametrize("text", ["a\x00b", "\ud83d", "ok \udc00"])
def test_what_postgres_cannot_hold_is_refused(text: str):
    with pytest.raises(TextRefused, match="NUL or half") as caught:
        read_text(text)
    str(caught.value).encode()


@pytest.mark.parametrize("text", ["שלום \u202eabc\u202c عالم", " padded ", "a\r\nb", FAMILY])
def test_text_is_kept_as_written(text: str):
    assert read_text(text) == text


def test_text_is_kept_composed():
    assert read_text("Cafe\u0301") == "Café"


@given(st.text(max_size=600))
def test_any_text_is_kept_composed_or_refused(text: str):
    try:
        kept = read_text(text)
    except TextRefused:
        return
    assert kept == unicodedata.normalize("NFC", text)
    assert 1 <= count_characters(kept) <= 280
    kept.encode()


@pytest.mark.parametrize(
    "same",
    [
        ["café", "CAFE", "Cafe\u0301", "ｃａｆé"],
        ["straße", "STRASSE", "Straẞe"],
        ["İstanbul", "istanbul", "ISTANBUL"],
        ["ﬁn", "FIN"],
        ["Ελλάς", "ελλασ"],
    ],
)
def test_fold_takes_case_accents_and_width_out(same: list[str]):
    assert len({fold(text) for text in same}) == 1


@given(st.text())
def test_fold_of_folded_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


def test_words_do_not_depend_on_punctuation():
    assert (
        words("See foo/bar, e.g. a.b@c.de #tag it's 3.5%")
        == "see foo bar e g a b c de tag it s 3 5"
    )


@pytest.mark.parametrize(
    ("query", "cleaned"),
    [
        ('"Big Café" or -dog', '"big cafe" or -dog'),
        ("a-b", "a b"),
        ("--a", "a"),
        ('-"a b" c', '-"a b" c'),
        ("a - b", "a b"),
        ("50% off_now", "50 off now"),
        ("a & b | !c:*", "a b c"),
    ],
)
def test_query_keeps_only_phrases_or_and_minus(query: str, cleaned: str):
    assert search_words(query) == cleaned


@pytest.mark.parametrize(
    "query", ["", " ", "%", "_", "- -", '""', "🎉", "\x00", "\ud800", "a" * 257]
)
def test_query_without_a_word_is_refused(query: str):
    with pytest.raises(SearchRefused) as caught:
        search_words(query)
    assert caught.value.field == ("query",)
