"""From a document's text to an operation that is valid against the API schema.

What is found is kept, refusals too, by the text itself: nothing of it depends on who asks. Plans
depend on the viewer as well and are not kept here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, NoSchemaIntrospectionCustomRule
from graphql import parse as parse_document
from graphql import validate as validate_document
from graphql.language import DocumentNode, FieldNode
from graphql.validation import ValidationRule, specified_rules

from supergraph.model.operation import Operation, OperationUnknown, read_operation
from supergraph.serve.cold_work import ColdWork
from supergraph.serve.configuration import LimitsSection
from supergraph.serve.limits import check_document, check_text
from supergraph.serve.merge_siblings import merge_siblings
from supergraph.serve.refusals import (
    LimitExceeded,
    OperationNotFound,
    OperationRefused,
    SyntaxRefused,
    ValidationRefused,
)

# Texts that are kept; an operation with its syntax tree is some 10 kB per kilobyte of text.
_KEPT = 1_000
_KEPT_TEXT = 20_000
_MAX_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """One operation, ready for any viewer.

    Attributes:
        operation: valid against the API schema, within the limits.
    """

    operation: Operation


class Preparer:
    """Prepares documents, off the event loop where they are new."""

    def __init__(
        self,
        api_schema: GraphQLSchema,
        limits: LimitsSection,
        cold_work: ColdWork,
        *,
        introspection: bool = True,
    ) -> None:
        self._schema = api_schema
        self._limits = limits
        self._introspection = introspection
        self._kept: OrderedDict[tuple[str, str | None], Prepared | OperationRefused] = OrderedDict()
        self._cold_work = cold_work

    async def prepare(self, text: str, name: str | None) -> Prepared:
        """Parse and validate a document, and take one operation out of it.

        Raises:
            OperationRefused: limits, syntax, validation, or no such operation.
        """
        kept = self._kept.get((text, name))
        if kept is None:
            kept = await self._cold_work.run(self._prepare, text, name)
            self._keep(text, name, kept)
        else:
            self._kept.move_to_end((text, name))
        if isinstance(kept, OperationRefused):
            raise kept.with_traceback(None)
        return kept

    def _keep(self, text: str, name: str | None, outcome: Prepared | OperationRefused) -> None:
        if len(text) > _KEPT_TEXT:
            return
        self._kept[text, name] = outcome
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _prepare(self, text: str, name: str | None) -> Prepared | OperationRefused:
        try:
            check_text(text, self._limits)
            document = merge_siblings(parse(text))
            check_document(document, self._limits)
            validate(document, self._schema, introspection=self._introspection)
            return Prepared(take_operation(document, name))
        except OperationRefused as refused:
            return refused
        except RecursionError:
            # A chain of many fragments: shallow in the text, deep once expanded.
            return LimitExceeded("depth", self._limits.depth)


def read_document(text: str, name: str | None, api_schema: GraphQLSchema) -> Operation:
    """The operation of a document that is trusted not to be hostile.

    Raises:
        OperationRefused: syntax, validation, or no such operation.
    """
    document = merge_siblings(parse(text))
    validate(document, api_schema)
    return take_operation(document, name)


def parse(text: str) -> DocumentNode:
    """Parse a document.

    Raises:
        SyntaxRefused: it is not GraphQL.
    """
    try:
        return parse_document(text)
    except GraphQLError as error:
        raise SyntaxRefused(error) from None


def validate(
    document: DocumentNode, api_schema: GraphQLSchema, *, introspection: bool = True
) -> None:
    """Validate a document against what clients see.

    Args:
        document: parsed, and best rid of what stands twice (`merge_siblings`).
        api_schema: without what is inaccessible, so that no message can name it.
        introspection: without it, asking for the schema is refused and nothing is suggested.

    Raises:
        ValidationRefused: with every finding, up to a bound.
    """
    rules = [*specified_rules, ReservedAlias]
    if not introspection:
        rules.append(NoSchemaIntrospectionCustomRule)
    errors = validate_document(
        api_schema,
        document,
        rules,
        max_errors=_MAX_ERRORS,
        hide_suggestions=not introspection,
    )
    if errors:
        raise ValidationRefused(errors)


def take_operation(document: DocumentNode, name: str | None) -> Operation:
    """Take one operation out of a valid document.

    Raises:
        OperationNotFound: none of that name, or several and no name given.
    """
    try:
        return read_operation(document, name)
    except OperationUnknown as error:
        raise OperationNotFound(str(error)) from None


class ReservedAlias(ValidationRule):
    """No other field may stand under the key `__typename`: it says which type an object has."""

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        """Refuse `__typename: other`."""
        if node.alias and node.alias.value == "__typename" != node.name.value:
            message = "The alias `__typename` is reserved."
            self.report_error(GraphQLError(message, node))
