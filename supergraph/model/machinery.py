"""Take the composers' machinery (`join__*`, `link__*`, @link itself) out of a supergraph's SDL."""

from __future__ import annotations

from graphql.language import (
    REMOVE,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    visit,
)

from supergraph.model.features import Features


def without_machinery(document: DocumentNode, features: Features) -> DocumentNode:
    """The document without what only describes how subgraphs were joined.

    Directives of other features (`@tag`, `@inaccessible`, `@cost`) stay, on their elements too.
    """
    kept = tuple(d for d in document.definitions if not is_machinery(d, features))
    return visit(DocumentNode(definitions=kept), _DropApplications(features))


def is_machinery(definition: DefinitionNode, features: Features) -> bool:
    """Whether a definition belongs to the join or link specification."""
    if not isinstance(definition, TypeDefinitionNode | DirectiveDefinitionNode):
        return False
    return _is_name(definition.name.value, features, isinstance(definition, TypeDefinitionNode))


def _is_name(name: str, features: Features, is_type: bool = False) -> bool:
    is_linking = not is_type and name in features.machinery_directives()
    return is_linking or name.startswith(features.prefixes())


class _DropApplications(Visitor):
    def __init__(self, features: Features) -> None:
        super().__init__()
        self._features = features

    def enter_directive(self, node: DirectiveNode, *_args: object) -> VisitorAction:
        """Drop the applications of machinery."""
        return REMOVE if _is_name(node.name.value, self._features) else None
