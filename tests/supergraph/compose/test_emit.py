"""What the canonical form leaves out: descriptions, links, order; against Apollo's composer."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DocumentNode, parse, print_ast
from graphql.language import (
    DefinitionNode,
    DirectiveDefinitionNode,
    Node,
    SchemaDefinitionNode,
    StringValueNode,
)

from supergraph.compose import compose
from tests.oracles.node import oracle
from tests.supergraph.compose.written import composed, subgraphs

EVERYTHING = (
    '''
    """
    What can be asked.

      Indented, with a ""\\" in it.
    """
    type Query { "the viewer" me("how" short: Boolean): User @tag(name: "a") }
    "somebody" type User @key(fields: "id") @authenticated {
      "unique" id: ID!
      email: String @requiresScopes(scopes: [["mail"]])
      secret: String @inaccessible
      posts(first: Int): [Int] @listSize(slicingArguments: ["first"]) @cost(weight: 2)
    }
    "order" enum Sort { "latest first" NEW }
    "page" input Page { "how many" first: Int = 10 }
    "point in time" scalar Time @specifiedBy(url: "https://time.example")
    "either" union Either = User
    "anything" interface Node { "unique" id: ID! }
    ''',
    """
    "somebody else" type User @key(fields: "id") { "unique too" id: ID! "not paid" plan: String
      @policy(policies: [["paid"]]) }
    "somebody else" enum Sort { NEW }
    type Query { sort(page: Page): Sort time: Time }
    input Page { "how many" first: Int = 10 } scalar Time
    """,
)


def _pair(sdl: tuple[str, ...]) -> tuple[DocumentNode, DocumentNode]:
    sources = subgraphs(*sdl)
    ours = compose(sources)
    assert ours.supergraph, ours.errors
    asked = [{"name": s.name, "url": s.url, "sdl": s.sdl} for s in sources]
    theirs = oracle("compose.mjs").ask(composer="apollo", subgraphs=asked)
    return parse(ours.supergraph), parse(theirs["supergraph"])


def _links(document: DocumentNode) -> set[str]:
    return {
        print_ast(directive)
        for definition in document.definitions
        if isinstance(definition, SchemaDefinitionNode)
        for directive in definition.directives or ()
    }


def _descriptions(document: DocumentNode) -> dict[str, str]:
    return dict(found for d in document.definitions for found in _described(d, ""))


def _described(node: Node, above: str) -> Iterator[tuple[str, str]]:
    name = getattr(node, "name", None)
    path = f"{above}.{name.value}" if name else above
    description = getattr(node, "description", None)
    if isinstance(description, StringValueNode):
        yield path, description.value
    for key in ("fields", "values", "arguments"):
        for child in getattr(node, key, None) or ():
            yield from _described(child, path)


def test_links_say_what_routers_must_understand() -> None:
    ours, theirs = _pair(EVERYTHING)
    assert _links(ours) == _links(theirs)
    purposes = {link.split('"')[1].split("/")[-2]: link for link in _links(ours)}
    for feature in ("inaccessible", "authenticated", "requiresScopes", "policy"):
        assert "for: SECURITY" in purposes[feature]
    assert "for: EXECUTION" in purposes["join"]


def test_descriptions_equal_apollos() -> None:
    ours, theirs = _pair(EVERYTHING)
    assert _descriptions(ours) == _descriptions(theirs)
    assert _descriptions(ours)[".Query.me.short"] == "how"


def test_renamed_directives_keep_their_name() -> None:
    linked = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{}])'
    sdl = (
        linked.format('{ name: "@cost", as: "@price" }')
        + " type Query { a: Int @price(weight: 1) }"
    )
    ours, theirs = _pair((sdl,))
    assert _links(ours) == _links(theirs)


def test_join_version_follows_the_newest_subgraph() -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.{}")'
    linked = link + " type Query {{ {}: Int }}"
    for minor in (0, 6, 7, 8, 12):
        ours, theirs = _pair((linked.format(0, "a"), linked.format(minor, "b")))
        assert _links(ours) == _links(theirs)
        assert _definitions(ours) == _definitions(theirs)


def _definitions(document: DocumentNode) -> set[str]:
    def is_machinery(definition: DefinitionNode) -> bool:
        name = getattr(definition, "name", None)
        return name is not None and name.value.startswith(("join__", "link"))

    return {print_ast(d) for d in document.definitions if is_machinery(d)}


def test_definitions_are_sorted() -> None:
    answer = composed(*EVERYTHING)
    assert answer.supergraph
    found = parse(answer.supergraph).definitions[1:]
    names = [
        (not isinstance(d, DirectiveDefinitionNode), d.name.value.lower())  # type: ignore[attr-defined]
        for d in found
    ]
    assert names == sorted(names)
