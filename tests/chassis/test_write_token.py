from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.envelope import TokenMalformed, WriteToken, read_token, write_token


@example("\x1f" * 20, "f" * 36, 2**63)
@example("\U00010000" * 20, "f" * 36, 2**63)
@given(st.text(max_size=20), st.uuids(), st.integers(1, 2**63))
def test_a_token_names_its_change(source: str, subject: object, version: int):
    token = write_token(source, str(subject), version)
    assert read_token(token) == WriteToken(source, str(subject), version)


def test_a_token_needs_no_quoting_in_a_url():
    token = write_token("ÿÿÿ", "~~~", 1)
    assert token.replace("-", "").replace("_", "").isalnum()


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "é",
        "*" * 8,
        "A" * 5,
        "A" * 257,
        encoded(b"\xff"),
        encoded(b"{}"),
        encoded(b'["tweets","id"]'),
        encoded(b'["tweets","id",0]'),
        encoded(b'["tweets","id",true]'),
        encoded(b'["tweets",1,1]'),
        encoded(b"[" * 180),
    ],
)
def test_anything_else_is_malformed(token: str):
    with pytest.raises(TokenMalformed):
        read_token(token)


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(token: str):
    with contextlib.suppress(TokenMalformed):
        read_token(token)
