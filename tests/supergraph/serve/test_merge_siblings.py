from __future__ import annotations

from graphql import build_schema, parse, print_ast, validate
from hypothesis import given
from hypothesis import strategies as st

from supergraph.serve.merge_siblings import merge_siblings

SCHEMA = build_schema(
    """
    type Query { a(x: Int): T b: Int }
    type T { a(x: Int): T b: Int c(x: Int): String! }
    """
)


def merged(text: str) -> str:
    return " ".join(print_ast(merge_siblings(parse(text))).split())


def test_what_stands_twice_stands_once():
    assert merged("{ b b a { b  b } a{b} }") == "{ b a { b } }"
    assert merged("{ ... on Query { b b } ...F ...F } fragment F on Query { b b }") == (
        "{ ... on Query { b } ...F } fragment F on Query { b }"
    )


def test_the_first_one_says_where_the_key_stands():
    assert merged("{ b a { c b c } b }") == "{ b a { c b } }"


def test_what_differs_in_anything_stays():
    text = "{ b x: b b @skip(if: true) a(x: 1) { b } a(x: 2) { b } ... { b } ... on Query { b } }"
    assert merged(text) == text


selections = st.recursive(
    st.sampled_from(["b", "x: b", "c", "c(x: 1)", "c: b", "b @skip(if: true)", "unknown"]),
    lambda inner: st.builds(
        "{} {{ {} }}".format,
        st.sampled_from(["a", "a(x: 1)", "a(x: 2)", "b: a", "... on T", "..."]),
        st.lists(inner, min_size=1, max_size=4).map(" ".join),
    ),
    max_leaves=12,
)


@given(st.lists(selections, min_size=1, max_size=4).map(" ".join))
def test_a_document_is_valid_exactly_when_it_is_valid_merged(body: str):
    document = parse(f"{{ a {{ {body} }} }}")
    before, after = validate(SCHEMA, document), validate(SCHEMA, merge_siblings(document))
    # How a conflict's parts are listed may differ, not whether there is one.
    assert bool(after) == bool(before), (before, after)


def test_hundreds_of_equal_fields_cost_the_validator_little():
    document = parse("{" + "a{b}" * 300 + "}")
    merged = merge_siblings(document)
    assert validate(SCHEMA, merged) == []
    assert print_ast(merged) == print_ast(parse("{a{b}}"))
