"""The same supergraph elsewhere: another composer makes it, two other planners plan over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse
from graphql.language import DirectiveNode, SchemaDefinitionNode, print_ast

from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import build_query_graph
from supergraph.query_plan.printer import count_requests, depth
from tests.oracles.node import oracle
from tests.oracles.normaliser import normaliser

SCHEMA = Path(__file__).resolve().parents[2] / "schema"
OPERATIONS = sorted((SCHEMA / "operations").glob("*.graphql"))
SUPERGRAPH = (SCHEMA / "supergraph.graphql").read_text()


def composed_by_apollo() -> str:
    subgraphs = [
        {"name": path.stem, "url": "", "sdl": path.read_text()}
        for path in sorted((SCHEMA / "subgraphs").glob("*.graphql"))
    ]
    answer = oracle("compose.mjs").ask(composer="apollo", subgraphs=subgraphs)
    assert not answer.get("errors"), answer
    return answer["supergraph"]


def descriptions(sdl: str) -> dict[str, str]:
    """Every description by the path of what it describes, the join machinery left out."""
    found: dict[str, str] = {}

    def read(node: object, path: str) -> None:
        description = getattr(node, "description", None)
        if description:
            found[path] = description.value
        for part in ("fields", "arguments", "values"):
            for child in getattr(node, part, None) or ():
                read(child, f"{path}.{child.name.value}")

    for definition in parse(sdl).definitions:
        name = getattr(getattr(definition, "name", None), "value", "schema")
        if not name.startswith(("join__", "link")):
            read(definition, name)
    return found


def links(sdl: str) -> set[str]:
    """The applications of @link: which feature at which version, and what it is for."""
    schema = next(d for d in parse(sdl).definitions if isinstance(d, SchemaDefinitionNode))
    return {printed(directive) for directive in schema.directives or ()}


def printed(directive: DirectiveNode) -> str:
    arguments = sorted(print_ast(argument) for argument in directive.arguments or ())
    return f"@{directive.name.value}({', '.join(arguments)})"


def test_another_composer_makes_the_same_supergraph():
    normalise = normaliser()
    theirs, ours = normalise(composed_by_apollo()), normalise(SUPERGRAPH)
    assert ours - theirs == set()
    assert theirs - ours == set()


def test_descriptions_are_those_of_another_composer():
    assert descriptions(SUPERGRAPH) == descriptions(composed_by_apollo())


def test_linked_features_and_their_purposes_are_those_of_another_composer():
    assert links(SUPERGRAPH) == links(composed_by_apollo())
    assert any("authenticated" in link and "for: SECURITY" in link for link in links(SUPERGRAPH))


@pytest.mark.parametrize("planner", ["apollo", "hive"])
@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_our_plan_needs_no_more_than_another_planners(path: Path, planner: str):
    text = path.read_text()
    theirs = oracle("plan.mjs").ask(planner=planner, supergraph=SUPERGRAPH, operation=text)
    assert not theirs.get("errors"), theirs
    supergraph = read_supergraph(SUPERGRAPH)
    ours = plan(read_operation(parse(text)), build_query_graph(supergraph), supergraph)
    assert (depth(ours), count_requests(ours)) <= (theirs["depth"], theirs["requests"])
    assert count_requests(ours) <= theirs["requests"]
