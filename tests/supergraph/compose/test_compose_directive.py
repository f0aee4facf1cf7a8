"""@composeDirective as another composer has it: codes, hints, definitions, links, applications."""

from __future__ import annotations

import pytest

from supergraph.compose import compose
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from tests.oracles.node import oracle
from tests.supergraph.compose.normalised import differences
from tests.supergraph.compose.written import subgraphs

FEDERATION = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key", "@composeDirective", "@tag"]) '
)
MARK = '@composeDirective(name: "@mark") '
ON_FIELDS = "directive @mark on FIELD_DEFINITION "
WITH_A = "directive @mark(a: Int) on FIELD_DEFINITION "
REPEATABLE = "directive @mark(a: Int) repeatable on FIELD_DEFINITION "
WIDER = "directive @mark(a: Int, b: Int) on FIELD_DEFINITION | OBJECT "
MARKED = "type Query { a: Int @mark }"
OTHER = "type Query { b: Int @mark }"


def linked(rest: str = ', import: ["@mark"]', version: str = "v1.0", name: str = "marks") -> str:
    return f'@link(url: "https://specs.example/{name}/{version}"{rest}) '


def entity(*applied: str) -> str:
    return f'type Thing @key(fields: "id") {{ id: ID {" ".join(applied)} }} '


QUERY = "type Query { a: Int } "
RENAMED = ', import: [{name: "@mark", as: "@sign"}]'
CASES: dict[str, tuple[str, ...]] = {
    "plain": (linked() + MARK + ON_FIELDS + MARKED,),
    "without @": (linked() + '@composeDirective(name: "mark") ' + ON_FIELDS + MARKED,),
    "federation's own": ('@composeDirective(name: "@key") ' + QUERY,),
    "carried anyway": ('@composeDirective(name: "@tag") type Query { a: Int @tag(name: "x") }',),
    "undefined": (MARK + QUERY,),
    "not linked": (MARK + ON_FIELDS + MARKED,),
    "named like its specification": (linked("", name="mark") + MARK + ON_FIELDS + MARKED,),
    "in a namespace": (
        linked("") + '@composeDirective(name: "@marks__mark") '
        "directive @marks__mark on FIELD_DEFINITION type Query { a: Int @marks__mark }",
    ),
    "in a renamed namespace": (
        linked(', as: "my"') + '@composeDirective(name: "@my__mark") '
        "directive @my__mark on FIELD_DEFINITION type Query { a: Int @my__mark }",
    ),
    "renamed": (
        linked(RENAMED) + '@composeDirective(name: "@sign") directive @sign on FIELD_DEFINITION '
        "type Query { a: Int @sign }",
    ),
    "a purpose is not carried": (
        linked(', for: SECURITY, import: ["@mark"]') + MARK + ON_FIELDS + MARKED,
    ),
    "on the schema": (linked() + MARK + "@mark directive @mark on SCHEMA " + QUERY,),
    "twice": (linked() + MARK + MARK + ON_FIELDS + MARKED,),
    "one of two": (
        linked(', import: ["@mark", "@sign"]') + MARK + ON_FIELDS
        + "directive @sign on FIELD_DEFINITION type Query { a: Int @mark @sign }",
    ),
    "on an argument of a directive": (
        linked(', import: ["@mark", "@sign"]') + MARK + '@composeDirective(name: "@sign") '
        "directive @mark(a: Int @sign) on FIELD_DEFINITION directive @sign on ARGUMENT_DEFINITION "
        + MARKED,
    ),
    "for operations": (
        linked() + MARK + "directive @mark on FIELD " + QUERY, "type Query { b: Int }",
    ),
    "the newest version counts": (
        linked() + MARK + WITH_A + MARKED,
        linked(version="v1.2") + MARK + WIDER + "type Query { b: Int @mark(b: 1) }",
    ),
    "the newest version may be the first": (
        linked(version="v1.2") + MARK + WITH_A + MARKED,
        linked() + MARK + WIDER + "type Query { b: Int @mark(a: 1) }",
    ),
    "the newest version is narrower": (
        linked(version="v1.2") + MARK + WITH_A + MARKED,
        linked() + MARK + WIDER + "type Query { b: Int @mark(b: 1) }",
    ),
    "composed here, linked there": (
        linked() + MARK + WITH_A + MARKED,
        linked(version="v1.1") + WIDER + "type Query { b: Int @mark(b: 1) }",
    ),
    "composed here, another's own there": (
        linked() + MARK + WITH_A + MARKED, WIDER + "type Query { b: Int @mark(b: 1) }",
    ),
    "composed here, renamed there": (
        linked() + MARK + ON_FIELDS + MARKED,
        linked(RENAMED) + "directive @sign on FIELD_DEFINITION type Query { b: Int @sign }",
    ),
    "composed here, another major there": (
        linked() + MARK + ON_FIELDS + MARKED, linked(version="v2.0") + ON_FIELDS + OTHER,
    ),
    "composed in two majors": (
        linked() + MARK + ON_FIELDS + MARKED, linked(version="v2.0") + MARK + ON_FIELDS + OTHER,
    ),
    "composed from two specifications": (
        linked() + MARK + ON_FIELDS + MARKED, linked(name="other") + MARK + ON_FIELDS + OTHER,
    ),
    "different arguments": (
        linked() + MARK + WITH_A + QUERY + entity("@mark(a: 1)"),
        linked() + MARK + WITH_A + entity("@mark(a: 2)"),
    ),
    "repeatable": (
        linked() + MARK + REPEATABLE + QUERY + entity("@mark(a: 1)"),
        linked() + MARK + REPEATABLE + entity("@mark(a: 2)", "@mark(a: 1)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_as_another_composer_has_it(case: str) -> None:
    sources = subgraphs(*(FEDERATION + sdl for sdl in CASES[case]))
    ours = compose(sources)
    asked = [{"name": s.name, "url": s.url, "sdl": s.sdl} for s in sources]
    theirs = oracle("compose.mjs").ask(composer="apollo", subgraphs=asked)
    assert {e.code for e in ours.errors} == {e["code"] for e in theirs.get("errors", ())}
    if ours.supergraph is not None:
        assert differences(ours.supergraph, theirs["supergraph"]) == []
        assert links(ours.supergraph) == links(theirs["supergraph"])
        assert [hint.code for hint in ours.hints] == theirs["hints"]


def links(supergraph: str) -> list[str]:
    return [line.strip() for line in supergraph.splitlines() if line.strip().startswith("@link")]


def test_two_names_for_one_directive() -> None:
    """There another composer falls over."""
    sources = subgraphs(
        FEDERATION + linked() + MARK + ON_FIELDS + MARKED,
        FEDERATION + linked(RENAMED) + '@composeDirective(name: "@sign") '
        "directive @sign on FIELD_DEFINITION type Query { b: Int @sign }",
    )
    assert [error.code for error in compose(sources).errors] == ["DIRECTIVE_COMPOSITION_ERROR"]


def test_clients_do_not_see_it_even_where_operations_could_use_it() -> None:
    answer = compose(
        subgraphs(
            FEDERATION + linked() + MARK + "directive @mark on FIELD | FIELD_DEFINITION " + MARKED
        )
    )
    assert answer.supergraph is not None
    assert "directive @mark" in answer.supergraph
    assert api_schema(read_supergraph(answer.supergraph)).get_directive("mark") is None
