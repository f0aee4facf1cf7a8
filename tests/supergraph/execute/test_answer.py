from __future__ import annotations

import pytest

from supergraph.execute.answer import MAX_DEPTH, read_answer
from supergraph.execute.transport import SubgraphAnswerInvalid, SubgraphRefused, SubgraphResponse


def nested(levels: int) -> bytes:
    """An answer that is so many levels deep in all, as a custom scalar may be."""
    inner = levels - 2
    return b'{"data":{"any":' + b"[" * inner + b"]" * inner + b"}}"


def test_depth_is_bounded() -> None:
    assert read_answer(SubgraphResponse(200, nested(MAX_DEPTH)), "s").data
    for levels in (MAX_DEPTH + 1, 900, 100_000):
        with pytest.raises(SubgraphAnswerInvalid):
            read_answer(SubgraphResponse(200, nested(levels)), "s")


def test_many_brackets_are_not_depth() -> None:
    body = b'{"data":{"any":["' + b"[{" * 500 + b'",' + b",".join([b"[]"] * 500) + b"]}}"
    assert read_answer(SubgraphResponse(200, body), "s").data


def test_numbers_are_kept_exactly_and_the_last_of_two_keys_wins() -> None:
    body = b'{"data":{"any":123456789012345678901234567890,"__proto__":1,"x":1,"x":2}}'
    answer = read_answer(SubgraphResponse(200, body), "s")
    assert answer.data == {"any": 123456789012345678901234567890, "__proto__": 1, "x": 2}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"{}", b'{"data":1e999}', b'{"data":"\\ud800"}', b'{"data":{}}x']
)
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(SubgraphAnswerInvalid):
        read_answer(SubgraphResponse(200, body), "s")
    with pytest.raises(SubgraphRefused):
        read_answer(SubgraphResponse(502, body), "s")


def test_an_http_error_with_data_but_no_errors_is_refused() -> None:
    with pytest.raises(SubgraphRefused):
        read_answer(SubgraphResponse(500, b'{"data":{"a":1}}'), "s")
