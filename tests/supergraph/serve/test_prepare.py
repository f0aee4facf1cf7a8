from __future__ import annotations

import pytest
from graphql import build_schema, print_ast

from supergraph.serve.cold_work import ColdWork
from supergraph.serve.configuration import LimitsSection
from supergraph.serve.merge_siblings import merge_siblings
from supergraph.serve.prepare import Preparer, parse
from supergraph.serve.refusals import (
    LimitExceeded,
    OperationNotFound,
    OperationRefused,
    SyntaxRefused,
    ValidationRefused,
)

SCHEMA = build_schema(
    """
    type Query { hello(name: String): String viewer: Viewer }
    type Viewer { login: String viewer: Viewer }
    """
)


def preparer(*, introspection: bool = True) -> Preparer:
    return Preparer(SCHEMA, LimitsSection(), ColdWork(), introspection=introspection)


async def refusal(text: str, name: str | None = None, **limits: int) -> OperationRefused:
    with pytest.raises(OperationRefused) as refused:
        await Preparer(SCHEMA, LimitsSection(**limits), ColdWork()).prepare(text, name)
    return refused.value


async def test_one_of_several_operations_is_taken_by_name():
    text = "query A { hello } query B { viewer { login } }"
    prepared = await preparer().prepare(text, "B")
    assert prepared.operation.name == "B"
    assert isinstance(await refusal(text), OperationNotFound)
    assert isinstance(await refusal(text, "C"), OperationNotFound)


async def test_the_same_text_is_prepared_once():
    ours = preparer()
    first = await ours.prepare("{ hello }", None)
    assert await ours.prepare("{ hello }", None) is first


async def test_refusals_are_kept_too():
    ours = preparer()
    seen: list[OperationRefused] = []
    for _ in range(2):
        with pytest.raises(ValidationRefused) as refused:
            await ours.prepare("{ nothing }", None)
        seen.append(refused.value)
    assert seen[0] is seen[1]


async def test_each_refusal_says_where():
    assert (await refusal("{ hello")).errors() == [
        {
            "message": "Syntax Error: Expected Name, found <EOF>.",
            "locations": [{"line": 1, "column": 8}],
            "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
        }
    ]
    (error,) = (await refusal("{ helo }")).errors()
    assert error["locations"] == [{"line": 1, "column": 3}]
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


async def test_suggestions_end_with_introspection():
    assert "hello" in str(await refusal("{ helo }"))
    with pytest.raises(ValidationRefused) as refused:
        await preparer(introspection=False).prepare("{ helo }", None)
    assert "hello" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { name } } }",
        "{\n__schema\n{ types { name } } }",
        "{ s: __schema { types { name } } }",
        "{ ...F } fragment F on Query { __schema { types { name } } }",
        '{ __type(name: "Query") { name } }',
    ],
)
async def test_introspection_can_be_closed_in_every_spelling(text: str):
    await preparer().prepare(text, None)
    with pytest.raises(ValidationRefused):
        await preparer(introspection=False).prepare(text, None)


@pytest.mark.parametrize("field", ["_entities(representations: [])", "_service { sdl }"])
async def test_the_machinery_is_unknown(field: str):
    assert isinstance(await refusal(f"{{ {field} }}"), ValidationRefused)


async def test_the_key_typename_is_reserved():
    assert "`__typename` is reserved" in str(await refusal("{ __typename: hello }"))
    await preparer().prepare("{ __typename t: __typename }", None)


def doubling() -> str:
    fragments = [
        f"fragment F{n} on Viewer {{ a: viewer {{ ...F{n + 1} }} b: viewer {{ ...F{n + 1} }} }}"
        for n in range(30)
    ]
    return " ".join(["{ viewer { ...F0 } }", *fragments, "fragment F30 on Viewer { login }"])


def chain(length: int) -> str:
    fragments = [f"fragment F{n} on Viewer{{...F{n + 1}}}" for n in range(length)]
    return " ".join(["{viewer{...F0}}", *fragments, f"fragment F{length} on Viewer{{login}}"])


HOSTILE = {
    "aliases": "{" + " ".join(f"a{n}: hello" for n in range(1_500)) + "}",
    "directives": "{ hello " + "@skip(if: false) " * 700 + "}",
    "unknown directives": "{ hello " + "@nothing " * 2_000 + "}",
    "deep fields": "{" + "viewer{" * 10_000 + "login" + "}" * 10_001,
    "deep list": "{ hello(name: " + "[" * 10_000 + "]" * 10_000 + ") }",
    "deep object": "{ hello(name: " + "{a:" * 10_000 + "1" + "}" * 10_000 + ") }",
    "doubling fragments": doubling(),
    "chain of fragments": chain(500),
    "fragment cycle": "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer "
    "{ ...A }",
    "many tokens": "{" + "hello " * 100_000 + "}",
    "long name": "{ " + "x" * 500_000 + " }",
    "block string": '{ hello(name: """' + '\\"""' * 100_000 + ") }",
    "comments": "#" * 500_000,
    "nul": "{ hello \0 }",
    "lone surrogate": '{ hello(name: "\\ud800") }',
}


# No time is measured; the bound is only there so that an explosion ends the test.
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_documents_end_in_a_typed_refusal(name: str):
    found = await refusal(HOSTILE[name])
    assert all(len(error["message"]) < 2_000 for error in found.errors()), found
    assert isinstance(found, LimitExceeded | SyntaxRefused | ValidationRefused)


@pytest.mark.parametrize(
    "text",
    [
        "{" + "viewer{login}" * 300 + "}",
        "{ viewer {" + "... on Viewer { login } " * 400 + "} }",
        "{ viewer {" + "...F " * 400 + "} } fragment F on Viewer { login }",
    ],
)
async def test_what_repeats_itself_is_allowed_and_small_before_it_is_validated(text: str):
    assert len(print_ast(merge_siblings(parse(text)))) < 100
    await preparer().prepare(text, None)
