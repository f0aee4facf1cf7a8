"""What one operation may ask for, measured before anything expensive is done with it.

The text is measured before it is parsed: a hostile document of a few kilobytes costs the parser
little, but the validator a third of a second.

See https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from supergraph.serve.configuration import LimitsSection
from supergraph.serve.refusals import LimitExceeded

# Possessive (`*+`), so that no text can make it look back; text that is no token counts as one.
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\"""|\\|"(?!""))*+"""|"(?:[^"\\\n\r]|\\.)*+"|#[^\n\r]*+'
    r"|[_A-Za-z][_A-Za-z0-9]*+|-?[0-9][0-9.eE+-]*+|\.\.\.|[^\s,\ufeff]"
)
_OPENING = frozenset("{[(")
_CLOSING = frozenset("}])")


def check_text(text: str, limits: LimitsSection) -> None:
    """Count the tokens and the nesting of a document that nobody has parsed yet.

    Raises:
        LimitExceeded: `tokens` or `nesting`.
    """
    nesting = 0
    for count, match in enumerate(_TOKEN.finditer(text), 1):
        token = match[0]
        if count > limits.tokens:
            raise LimitExceeded("tokens", limits.tokens)
        if token in _OPENING:
            nesting += 1
            if nesting > limits.nesting:
                raise LimitExceeded("nesting", limits.nesting)
        elif token in _CLOSING:
            nesting -= 1


@dataclass(frozen=True, slots=True)
class Size:
    """How much a selection set asks for, with its fragments expanded."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0

    def beside(self, other: Size) -> Size:
        """Both in one selection set."""
        return Size(
            depth=max(self.depth, other.depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            directives=self.directives + other.directives,
            root_fields=self.root_fields + other.root_fields,
        )


def check_document(document: DocumentNode, limits: LimitsSection) -> None:
    """Measure every operation of a parsed document.

    Raises:
        LimitExceeded: the first limit that is exceeded.
    """
    measure = _Measure(document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            size = measure.selection_set(definition.selection_set)
            size = size.beside(Size(directives=len(definition.directives or ())))
            _check(size, limits)


def _check(size: Size, limits: LimitsSection) -> None:
    for name in Size.__dataclass_fields__:
        maximum: int = getattr(limits, name)
        if getattr(size, name) > maximum:
            raise LimitExceeded(name, maximum)


class _Measure:
    """Measures each fragment once: thirty fragments that double each other are 2^30 fields."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        # A fragment inside itself counts nothing here; validation refuses it.
        self._sizes: dict[str, Size] = {}

    def selection_set(self, node: SelectionSetNode | None) -> Size:
        return self._all(node.selections if node else ())

    def _all(self, nodes: Iterable[SelectionNode]) -> Size:
        size = Size()
        for node in nodes:
            size = size.beside(self._one(node))
        return size

    def _one(self, node: SelectionNode) -> Size:
        own = Size(directives=len(node.directives or ()))
        if isinstance(node, FieldNode):
            return own.beside(self._field(node))
        if isinstance(node, InlineFragmentNode):
            return own.beside(self.selection_set(node.selection_set))
        if isinstance(node, FragmentSpreadNode):
            return own.beside(self._fragment(node.name.value))
        return own

    def _field(self, node: FieldNode) -> Size:
        inner = self.selection_set(node.selection_set)
        return Size(
            depth=inner.depth + 1,
            fields=inner.fields + 1,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives,
            root_fields=1,
        )

    def _fragment(self, name: str) -> Size:
        if name not in self._sizes:
            self._sizes[name] = Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._sizes[name] = self.selection_set(fragment.selection_set)
        return self._sizes[name]
