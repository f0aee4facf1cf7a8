from __future__ import annotations

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from chassis.cursor import CursorInvalid, CursorSigner

SIGNER = CursorSigner("c" * 32)
VALUES = st.lists(st.text(max_size=20) | st.integers(-(2**63), 2**63), max_size=4)


@given(VALUES)
def test_gives_back_what_was_put_in(values: list[str | int]):
    assert SIGNER.decode("home", SIGNER.encode("home", values)) == values


@given(VALUES)
def test_a_cursor_that_was_compressed_though_short_still_counts(values: list[str | int]):
    """As they were written before, and as itsdangerous alone writes them."""
    plain = URLSafeSerializer(
        "c" * 32, salt="cursor.home", signer_kwargs={"digest_method": hashlib.sha256}
    )
    assert SIGNER.decode("home", plain.dumps(values)) == values
    assert plain.loads(SIGNER.encode("home", values)) == values


def test_a_long_cursor_is_compressed():
    assert len(SIGNER.encode("home", ["a" * 5_000])) < 200


@given(VALUES, st.data())
def test_refuses_every_altered_cursor(values: list[str | int], data: st.DataObject):
    cursor = SIGNER.encode("home", values)
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters(max_codepoint=0x2FF))
    # The last character carries bits that base64 does not use: another letter, the same bytes.
    assume(other != cursor[place] and place != len(cursor) - 1)
    with pytest.raises(CursorInvalid):
        SIGNER.decode("home", cursor[:place] + other + cursor[place + 1 :])


@given(st.text(max_size=200))
def test_refuses_what_we_did_not_make(text: str):
    with pytest.raises(CursorInvalid):
        SIGNER.decode("home", text)


def test_a_cursor_of_one_list_is_none_of_another():
    with pytest.raises(CursorInvalid):
        SIGNER.decode("search", SIGNER.encode("home", [1]))


def test_a_cursor_of_another_secret_is_none_of_ours():
    with pytest.raises(CursorInvalid):
        SIGNER.decode("home", CursorSigner("d" * 32).encode("home", [1]))


def test_refuses_long_text_before_looking_at_it():
    with pytest.raises(CursorInvalid):
        SIGNER.decode("home", SIGNER.encode("home", ["\x00é" * 50_000]) + "a" * 1025)


def test_is_safe_in_a_url():
    assert all(c.isalnum() or c in "-_." for c in SIGNER.encode("home", ["ä/+?&", 12]))
