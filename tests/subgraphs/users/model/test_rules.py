"""Folding and the rules of input, over any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from subgraphs.users.model import rules
from subgraphs.users.model.errors import InputRefused

ANY_TEXT = st.text(st.characters(), max_size=60)
USERNAMES = st.from_regex(r"[A-Za-z0-9_]{3,20}", fullmatch=True)
READERS = (
    rules.read_username,
    rules.read_email,
    rules.read_password,
    rules.read_display_name,
    rules.read_bio,
    rules.read_location,
    rules.read_website,
)


@given(ANY_TEXT)
def test_folding_is_done_once_and_for_all(text):
    assert rules.fold(rules.fold(text)) == rules.fold(text)


@given(USERNAMES)
def test_a_username_is_found_in_any_case(name):
    folded = rules.folded_username(name)
    assert folded == name.lower() == rules.fold(rules.read_username(name, "username"))
    assert rules.folded_username(name.upper()) == folded


@given(ANY_TEXT)
def test_whatever_is_accepted_can_be_stored(text):
    for read in READERS:
        try:
            accepted = read(text, "field")
        except InputRefused:
            continue
        assert accepted is None or rules.storable(accepted)
    for folded in (rules.folded_username(text), rules.folded_email(text)):
        assert folded is None or rules.storable(folded)


@given(st.emails())
def test_an_address_that_is_accepted_is_found_in_any_case(address):
    try:
        read = rules.read_email(address, "email")
    except InputRefused:
        return
    assert rules.folded_email(read.swapcase()) == rules.fold(read)
