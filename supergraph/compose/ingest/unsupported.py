"""Features of federation that are refused by name, so that none is ever ignored.

Code: UNSUPPORTED_FEATURE.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql.language import DirectiveNode, DocumentNode, Node, Visitor, visit

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.ingest.names import Names

# Directives, and arguments written `directive(argument)`.
UNSUPPORTED = frozenset({"cacheTag", "context", "fromContext"})
CONNECT = "https://specs.apollo.dev/connect"


def unsupported_features(
    document: DocumentNode, names: Names, subgraph: str
) -> Iterator[CompositionError]:
    """One error for each unsupported feature that the schema uses."""
    used = _Used(names)
    visit(document, used)
    found = {*used.found} | {"connect" for link in names.links if link.identity == CONNECT}
    for name in sorted(found):
        text = f'[{subgraph}] "@{name}" is a feature that this composer does not support'
        yield CompositionError("UNSUPPORTED_FEATURE", text, (f"[{subgraph}] @{name}",))


class _Used(Visitor):
    """Collects the unsupported directives that are applied, by canonical name."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names
        self.found: set[str] = set()

    def enter_directive(
        self, node: DirectiveNode, *_: Node | str | int | list[Node] | None
    ) -> None:
        """Note the directive where it is an unsupported one."""
        name = self._names.canonical(node.name.value)
        if name in UNSUPPORTED:
            self.found.add(name)
