"""The oracles answer: else every comparison with them would be empty."""

from __future__ import annotations

import pytest

from tests.oracles.node import Oracle, OracleDied, oracle

SDL = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
"""
USERS = f'{SDL} type Query {{ me: User }} type User @key(fields: "id") {{ id: ID! name: String }}'
POSTS = f'{SDL} type User @key(fields: "id") {{ id: ID! posts: [Int] }}'


def _asked(*sdl: str) -> list[dict[str, str]]:
    names = ("users", "posts")
    return [{"name": n, "url": f"http://{n}", "sdl": s} for n, s in zip(names, sdl, strict=False)]


@pytest.mark.parametrize("composer", ["apollo", "guild"])
def test_composers_compose_and_refuse(composer: str) -> None:
    ask = oracle("compose.mjs").ask
    assert "join__Graph" in ask(composer=composer, subgraphs=_asked(USERS, POSTS))["supergraph"]
    refused = ask(composer=composer, subgraphs=_asked(USERS, USERS))
    assert {error["code"] for error in refused["errors"]} == {"INVALID_FIELD_SHARING"}
    broken = ask(composer=composer, subgraphs=_asked("type Query {"))
    assert {error["code"] for error in broken["errors"]} == {"INVALID_GRAPHQL"}


@pytest.mark.parametrize("planner", ["apollo", "hive"])
def test_planners_count_requests_and_depth(planner: str) -> None:
    composed = oracle("compose.mjs").ask(composer="apollo", subgraphs=_asked(USERS, POSTS))
    ask = oracle("plan.mjs").ask
    supergraph = composed["supergraph"]
    one = ask(planner=planner, supergraph=supergraph, operation="{ me { name } }")
    assert (one["requests"], one["depth"]) == (1, 1)
    two = ask(planner=planner, supergraph=supergraph, operation="{ me { name posts } }")
    assert (two["requests"], two["depth"]) == (2, 2)
    assert two["plan"]
    wrong = ask(planner=planner, supergraph=supergraph, operation="{ nobody }")
    assert wrong["errors"]


def test_a_dead_oracle_says_so() -> None:
    process = Oracle("no-such-script.mjs", "false")
    with pytest.raises(OracleDied):
        process.ask(composer="apollo", subgraphs=[])
    process.close()


def test_an_oracle_that_died_before_the_question_says_so() -> None:
    process = Oracle("no-such-script.mjs", "false")
    process._process.wait(timeout=10)
    with pytest.raises(OracleDied):
        process.ask(composer="apollo", subgraphs=[])
    process.close()
