"""The order in which a subgraph's URLs are tried."""

from __future__ import annotations

from supergraph.execute.replicas import REST_SECONDS, Replicas


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_they_take_turns() -> None:
    replicas = Replicas(["a", "b", "c"])
    assert [replicas.in_turn() for _ in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_no_url_is_no_order() -> None:
    assert Replicas([]).in_turn() == []


def test_one_that_failed_comes_last_until_it_answers() -> None:
    replicas = Replicas(["a", "b"], Clock())
    replicas.failed("a")
    assert [replicas.in_turn() for _ in range(2)] == [["b", "a"], ["b", "a"]]
    replicas.answered("a")
    assert sorted(replicas.in_turn()[0] for _ in range(2)) == ["a", "b"]


def test_after_its_rest_one_request_alone_tries_it_first() -> None:
    clock = Clock()
    replicas = Replicas(["a", "b"], clock)
    replicas.failed("a")
    clock.now = REST_SECONDS
    assert [replicas.in_turn()[0] for _ in range(4)] == ["a", "b", "b", "b"]
    replicas.failed("a")
    clock.now = 2 * REST_SECONDS
    assert replicas.in_turn() == ["a", "b"]


def test_where_all_failed_all_are_tried() -> None:
    replicas = Replicas(["a", "b"], Clock())
    replicas.failed("a")
    replicas.failed("b")
    assert sorted(replicas.in_turn()) == ["a", "b"]
