from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from stack.errors import WorldInvalid
from stack.follow_graph import count_users, grow, read_edges
from tests.shared import shared


def test_the_same_seed_grows_the_same_graph_and_another_another():
    assert grow(300, 1) == grow(300, 1) != grow(300, 2)


def test_a_larger_graph_begins_with_the_smaller_one():
    small = grow(100, 1)
    assert grow(200, 1)[: len(small)] == small


def test_nobody_follows_twice_or_themselves():
    edges = grow(1000, 1)
    assert len(set(edges)) == len(edges)
    assert all(actor != target for actor, target in edges)


def test_followers_have_a_power_law():
    edges = grow(5000, 1)
    followers = sorted(Counter(target for _, target in edges).values(), reverse=True)
    least = 20
    tail = [count for count in followers if count >= least]
    # Maximum likelihood for discrete power laws: Clauset, Shalizi and Newman (2009), equation 3.7.
    exponent = 1 + len(tail) / sum(math.log(count / (least - 0.5)) for count in tail)
    assert 2 < exponent < 3
    assert followers[0] > 50 * followers[len(followers) // 2]
    assert sum(followers[:500]) > len(edges) * 0.4


def test_the_real_graph_is_read_both_ways():
    edges = read_edges(shared("data", "socfb-Reed98.edges"))
    assert (count_users(edges), len(edges)) == (962, 37_624)


def test_a_list_with_or_without_a_header_is_read(tmp_path: Path):
    path = tmp_path / "edges"
    path.write_text("3 2\n0 1\n1 2\n")
    assert read_edges(path) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    path.write_text("0 1\n1 2\n1 1\n2 1\n\n")
    assert read_edges(path) == [(0, 1), (1, 0), (1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 1\n0 x\n", r"line 2 is '0 x': write two user numbers, as `17 4`"),
        ("0 1 2\n", "line 1 is '0 1 2'"),
        ("0 -1\n", "line 1"),
        ("", "has no pairs"),
        ("1 1\n", "has no pairs"),
    ],
)
def test_a_line_that_is_no_pair_is_told(tmp_path: Path, text: str, told: str):
    path = tmp_path / "edges"
    path.write_text(text)
    with pytest.raises(WorldInvalid, match=told):
        read_edges(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(WorldInvalid, match="cannot be read"):
        read_edges(tmp_path / "none")
