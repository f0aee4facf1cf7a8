"""@composeDirective: which directives of its own a subgraph wants in the supergraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql.language import DirectiveNode, StringValueNode

from supergraph.compose.ingest.names import Names


def composed_names(on_schema: Iterable[DirectiveNode], names: Names) -> Iterator[str]:
    """The names as written, with their `@`; each once, in order."""
    seen: set[str] = set()
    for node in on_schema:
        if names.canonical(node.name.value) != "composeDirective":
            continue
        for argument in node.arguments or ():
            if isinstance(argument.value, StringValueNode) and argument.value.value not in seen:
                seen.add(argument.value.value)
                yield argument.value.value
