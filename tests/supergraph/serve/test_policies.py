"""@policy: what the operator's function says, holds; what it cannot say, shows nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from chassis.identity import Viewer
from supergraph.serve.access import read_access
from supergraph.serve.configuration import AuthSection, Configuration, ConfigurationInvalid
from supergraph.serve.policies import read_policies
from tests.supergraph.serve.composed import composed
from tests.supergraph.serve.tokens import SECRET, SECRET_NAME, USER, issuing
from tests.supergraph.serve.worlds import Subgraph, ask, serving

SDL = """
type Query {
  open: Int
  adult: Int @policy(policies: [["adult"]])
  paid: Int @policy(policies: [["adult", "payer"], ["staff"]])
  paper: Paper
}
type Paper @policy(policies: [["payer"]]) { text: String @authenticated }
"""
NAMES = frozenset({"adult", "payer", "staff"})
HERE = __name__
holding: dict[str | None, Collection[str]] = {}
asked: list[tuple[str | None, frozenset[str]]] = []


def decide(viewer: Viewer | None, names: frozenset[str]) -> Collection[str]:
    who = viewer.id if viewer else None
    asked.append((who, names))
    return holding[who]


async def decide_later(viewer: Viewer | None, names: frozenset[str]) -> Collection[str]:
    return decide(viewer, names)


@pytest.fixture(autouse=True)
def clean() -> None:
    holding.clear()
    asked.clear()


def subgraph() -> Subgraph:
    return Subgraph(SDL, {"open": 1, "adult": 2, "paid": 3, "paper": {"text": "news"}})


def configured(policies: str) -> Configuration:
    return Configuration(auth=AuthSection(policies=policies))


def codes(answer: dict[str, Any]) -> dict[str, str]:
    found = answer.get("errors", ())
    return {".".join(map(str, e["path"])): e["extensions"]["code"] for e in found}


EVERYTHING = "{ open adult paid paper { text } }"


@pytest.mark.parametrize("function", ["decide", "decide_later"])
@pytest.mark.parametrize(
    ("held", "data"),
    [
        ((), {"open": 1, "adult": None, "paid": None}),
        (("adult",), {"open": 1, "adult": 2, "paid": None}),
        (("adult", "payer"), {"open": 1, "adult": 2, "paid": 3}),
        (("staff",), {"open": 1, "adult": None, "paid": 3}),
    ],
)
async def test_what_holds_is_shown(
    function: str, held: Collection[str], data: dict[str, Any]
) -> None:
    holding[None] = held
    world = subgraph()
    async with serving(configured(f"{HERE}:{function}"), a=world) as client:
        answer = await ask(client, "{ open adult paid }")
    assert answer["data"] == data
    assert codes(answer) == {name: "UNAUTHENTICATED" for name, value in data.items() if not value}
    assert all(name not in "".join(world.asked) for name, value in data.items() if not value)
    assert asked == [(None, NAMES)]


async def test_a_known_viewer_is_told_forbidden_and_needs_all_parts() -> None:
    async with issuing() as issuer:
        configuration = issuer.configuration()
        auth = configuration.auth.model_copy(update={"policies": f"{HERE}:decide"})
        configuration = configuration.model_copy(update={"auth": auth})
        async with serving(configuration, {SECRET_NAME: SECRET}, a=subgraph()) as client:
            holding[USER] = ("payer",)
            answer = await ask(client, EVERYTHING, issuer.token())
            holding[None] = ("payer",)
            nobody = await ask(client, EVERYTHING)
    assert answer["data"]["paper"] == {"text": "news"}
    assert codes(answer) == {"adult": "FORBIDDEN", "paid": "FORBIDDEN"}
    assert nobody["data"]["paper"] == {"text": None}
    assert codes(nobody)["paper.text"] == "UNAUTHENTICATED"


async def test_a_function_that_fails_shows_nothing() -> None:
    world = subgraph()
    async with serving(configured(f"{HERE}:decide"), a=world) as client:
        answer = await ask(client, EVERYTHING)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert world.asked == []


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (None, "name the function"),
        ("no.such.module:decide", "cannot be found"),
        (f"{HERE}:nothing", "cannot be found"),
        (f"{HERE}:NAMES", "is no function"),
    ],
)
def test_a_function_that_is_not_there_is_refused(where: str | None, why: str) -> None:
    rules = read_access(composed(a=SDL))
    with pytest.raises(ConfigurationInvalid, match=f"^auth.policies: .*{why}"):
        read_policies(rules, Configuration(auth=AuthSection(policies=where)))


def test_without_policies_nothing_is_needed() -> None:
    rules = read_access(composed(a="type Query { a: Int }"))
    assert read_policies(rules, Configuration())
