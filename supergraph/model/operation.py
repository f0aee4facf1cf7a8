"""One operation of a client's document, with the fragments it may spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql.language import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
)


class OperationUnknown(LookupError):
    """The document has no operation of that name, or has several and none was named."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is valid against the API schema.

    Attributes:
        definition: its syntax tree; variables and directives stand as the client wrote them.
        fragments: by name.
    """

    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    @property
    def name(self) -> str | None:
        """The operation's name, if it has one."""
        return self.definition.name.value if self.definition.name else None


def read_operation(document: DocumentNode, name: str | None = None) -> Operation:
    """Take one operation out of a document.

    Args:
        document: parsed and validated.
        name: which one; may be left out where the document has only one.

    Raises:
        OperationUnknown: none of that name, or several and no name given.
    """
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    if name is not None:
        operations = [o for o in operations if o.name and o.name.value == name]
    if not operations:
        what = f'named "{name}"' if name is not None else "at all"
        raise OperationUnknown(f"The document has no operation {what}.")
    if len(operations) > 1:
        raise OperationUnknown("The document has several operations: say which by operationName.")
    return Operation(operations[0], fragments)
