"""@composeDirective names a directive of a linked specification, the same one in all subgraphs.

Code: DIRECTIVE_COMPOSITION_ERROR. Also INVALID_GRAPHQL, where the definition that counts does not
allow what another subgraph applies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import GraphQLError, parse
from graphql.validation.validate import validate_sdl

from supergraph.compose.composed import Composed, composed_of, origin
from supergraph.compose.diagnostics import CompositionError, Diagnostic, Hint, problem
from supergraph.compose.merge import Merged
from supergraph.compose.merge.features import FEATURES
from supergraph.compose.subgraph import Subgraph
from supergraph.federation.link import Link

CODE = "DIRECTIVE_COMPOSITION_ERROR"
CARRIED = frozenset(name for feature in FEATURES for name, _ in feature.directives)


def compose_directive(subgraph: Subgraph) -> Iterator[Diagnostic]:
    """Each application by itself."""
    canonical = {local: name for name, local in subgraph.local_names.items()}
    for written in subgraph.composed:
        federations = canonical.get(written.removeprefix("@"))
        text = _fault(written, federations, subgraph)
        if text is not None:
            yield problem(CODE, subgraph.name, "schema", text)
        elif federations is not None:
            text = f'"{written}" needs no @composeDirective: the supergraph carries it anyway'
            yield Hint("DIRECTIVE_COMPOSITION_INFO", text, (subgraph.where("schema"),))


def _fault(written: str, federations: str | None, subgraph: Subgraph) -> str | None:
    if not written.startswith("@"):
        return f'@composeDirective(name: "{written}") must name a directive with its "@"'
    if federations is not None:
        return None if federations in CARRIED else f'"{written}" is federation\'s own directive'
    if written.removeprefix("@") not in subgraph.directives:
        return f'"{written}" is composed, and the schema does not define it'
    if origin(written, subgraph) is None:
        return f'"{written}" is composed, and no @link says which specification it belongs to'
    return None


def composed_alike(subgraphs: Sequence[Subgraph]) -> Iterator[Diagnostic]:
    """What several subgraphs compose is one directive, under one name, in one major version."""
    found = [one for subgraph in subgraphs for one in composed_of(subgraph)]
    yield from _one_directive_per_name(found)
    yield from _one_name_per_directive(found)
    yield from _one_major_version(found)
    yield from _left_out(found, subgraphs)


def _one_directive_per_name(found: Sequence[Composed]) -> Iterator[Diagnostic]:
    for name in dict.fromkeys(one.definition.name for one in found):
        same = [one for one in found if one.definition.name == name]
        if len({(one.link.identity, one.name) for one in same}) > 1:
            text = f'"@{name}" belongs to different specifications: ' + ", ".join(
                f"{one.link.url} in {one.subgraph}" for one in same
            )
            yield CompositionError(CODE, text, (f"@{name}",))


def _one_name_per_directive(found: Sequence[Composed]) -> Iterator[Diagnostic]:
    for key in dict.fromkeys((one.link.identity, one.name) for one in found):
        same = [one for one in found if (one.link.identity, one.name) == key]
        if len({one.definition.name for one in same}) > 1:
            text = f'"@{key[1]}" of {key[0]} is composed under different names: ' + ", ".join(
                f"@{one.definition.name} in {one.subgraph}" for one in same
            )
            yield CompositionError(CODE, text, (f"@{key[1]}",))


def _one_major_version(found: Sequence[Composed]) -> Iterator[Diagnostic]:
    for identity in dict.fromkeys(one.link.identity for one in found):
        same = [one for one in found if one.link.identity == identity]
        if len({one.version.major for one in same}) > 1:
            text = f"{identity} is composed in different major versions: " + ", ".join(
                f"{one.version} in {one.subgraph}" for one in same
            )
            yield CompositionError(CODE, text, (identity,))


def _left_out(found: Sequence[Composed], subgraphs: Sequence[Subgraph]) -> Iterator[Hint]:
    """Remarks on subgraphs that link the same specification and compose nothing of it."""
    composing = {one.subgraph for one in found}
    for subgraph in (s for s in subgraphs if s.name not in composing):
        for link in subgraph.links:
            yield from _other_use(
                link, [one for one in found if one.link.identity == link.identity], subgraph
            )


def _other_use(link: Link, same: Sequence[Composed], subgraph: Subgraph) -> Iterator[Hint]:
    nodes = (subgraph.where("schema"),)
    if same and link.version is not None and link.version.major != same[0].version.major:
        text = f"{link.url} is another major version of what other subgraphs compose"
        yield Hint("DIRECTIVE_COMPOSITION_INFO", text, nodes)
    for one in same:
        if link.directive_name(one.name) not in {one.definition.name, *_unused(link, one)}:
            text = f'"@{one.name}" of {link.url} is called otherwise where it is composed'
            yield Hint("DIRECTIVE_COMPOSITION_WARN", text, nodes)


def _unused(link: Link, one: Composed) -> set[str]:
    """The default name of a directive that the subgraph does not import."""
    return set() if link.imported(f"@{one.name}") else {link.directive_name(one.name)}


def composed_applications(merged: Merged, sdl: str) -> Iterator[CompositionError]:
    """The definitions of the newest versions allow every application; `sdl` is the supergraph."""
    if not merged.features.composed:
        return
    try:
        broken: Sequence[GraphQLError] = validate_sdl(parse(sdl, no_location=True))
    except GraphQLError as error:
        broken = [error]
    for error in broken:
        yield CompositionError("INVALID_GRAPHQL", error.message)
