"""Global ids: one spelling each, everything else refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgraphs.users.model.errors import InputRefused
from subgraphs.users.model.ids import USER, global_id, parse_global_id


@given(st.uuids())
def test_what_is_written_is_read_back(value):
    assert parse_global_id(USER, global_id(USER, value), "id") == value


@given(st.text() | st.from_regex(r"U_[A-Za-z0-9_=+/-]{20,24}", fullmatch=True))
def test_any_other_text_is_refused_or_is_the_one_spelling(text):
    try:
        value = parse_global_id(USER, text, "id")
    except InputRefused:
        return
    assert global_id(USER, value) == text


@pytest.mark.parametrize("kind", ["T", "S", "u"])
@given(value=st.uuids())
def test_an_id_of_another_kind_is_refused(kind, value):
    with pytest.raises(InputRefused):
        parse_global_id(USER, global_id(kind, value), "id")
