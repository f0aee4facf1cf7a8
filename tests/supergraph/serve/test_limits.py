from __future__ import annotations

import pytest
from graphql import TokenKind, parse
from graphql.language import Lexer, Source
from hypothesis import given
from hypothesis import strategies as st

from supergraph.serve.configuration import LimitsSection
from supergraph.serve.limits import check_document, check_text
from supergraph.serve.refusals import LimitExceeded

LIMITS = LimitsSection()


def tokens_of(text: str) -> int:
    lexer = Lexer(Source(text))
    count = 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += lexer.token.kind is not TokenKind.COMMENT
    return count


def names(limit: str, maximum: int = 1) -> LimitsSection:
    return LimitsSection.model_validate({limit: maximum})


PIECES = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "=",
    "@",
    "|",
    "&",
    "...",
    "name",
    "_x1",
    "-12",
    "1.5e3",
    '"text { \\" \\\\"',
    '""',
    '"""block { " \\""" \n"""',
    '""""""',
    "true",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_tokens_are_counted_as_the_lexer_counts_them(pieces: list[str]):
    text = " , ".join(pieces)
    count = tokens_of(text)
    check_text(text, LimitsSection(tokens=max(count, 1)))
    if count > 1:
        with pytest.raises(LimitExceeded, match="`tokens`"):
            check_text(text, LimitsSection(tokens=count - 1))


def test_brackets_inside_texts_do_not_nest():
    check_text('{ a(x: "{[(", y: """{{{ " {{ """) }', names("nesting", 2))


@pytest.mark.parametrize("opening", ["{a", "[", "(a:"])
def test_nesting_is_bounded_for_every_bracket(opening: str):
    with pytest.raises(LimitExceeded, match="`nesting` of 100"):
        check_text(opening * 10_000, LIMITS)


# No time is measured; the bound is only there so that an explosion ends the test.
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ['"""' + '\\"""' * 50_000, '"' * 100_001, '"""' + '" ' * 50_000, "\\" * 100_000]
)
def test_no_text_makes_it_look_back(text: str):
    check_text(text, LimitsSection(tokens=10_000_000))


def refusal_of(document: str, limits: LimitsSection = LIMITS) -> str:
    with pytest.raises(LimitExceeded) as refused:
        check_document(parse(document), limits)
    return refused.value.limit


def test_depth_goes_through_fragments():
    document = "{ a { ...F } } fragment F on T { b { ... on T { c } } }"
    check_document(parse(document), names("depth", 3))
    assert refusal_of(document, names("depth", 2)) == "depth"


def test_fragments_that_double_are_counted_without_being_expanded():
    fragments = [f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30)]
    document = " ".join(["{ ...F0 }", *fragments, "fragment F30 on T { x }"])
    assert refusal_of(document) == "fields"


def test_each_limit_is_named():
    aliases = " ".join(f"a{n}: x" for n in range(3))
    assert refusal_of(f"{{ t {{ {aliases} }} }}", names("aliases", 2)) == "aliases"
    assert refusal_of("{ a b c }", names("root_fields", 2)) == "root_fields"
    assert refusal_of("{ t { a b c } }", names("fields", 3)) == "fields"
    skips = " ".join(["@skip(if: true)"] * 3)
    assert refusal_of(f"{{ t {skips} }}", names("directives", 2)) == "directives"
    assert refusal_of(f"query {skips} {{ t }}", names("directives", 2)) == "directives"


def test_a_fragment_inside_itself_is_left_to_validation():
    check_document(parse("{ ...A } fragment A on T { ...B } fragment B on T { ...A }"), LIMITS)


def test_every_operation_of_the_document_is_measured():
    assert refusal_of("query A { x } query B { y z }", names("root_fields", 1)) == "root_fields"


def test_the_error_says_limit_and_value():
    with pytest.raises(LimitExceeded) as refused:
        check_document(parse("{ a b }"), names("root_fields"))
    assert refused.value.errors() == [
        {
            "message": "The operation exceeds the limit `root_fields` of 1.",
            "extensions": {"code": "LIMIT_EXCEEDED", "limit": "root_fields", "maximum": 1},
        }
    ]
