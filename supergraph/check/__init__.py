"""What a new supergraph breaks for clients of the old one, and which stored operations it hits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLSchema, parse, validate
from graphql.language import DocumentNode

from supergraph.check.access import access_changes
from supergraph.check.changes import Change, Severity, schema_changes
from supergraph.check.hits import is_hit
from supergraph.check.uses import uses_of
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph

__all__ = ["Change", "Finding", "Severity", "check"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One change, and whom it hits.

    Attributes:
        operations: names of the stored operations that use what changed, in order; none where
            nothing stored does, or nothing is stored.
    """

    change: Change
    operations: tuple[str, ...] = ()


def check(old: str, new: str, operations: Mapping[str, str] | None = None) -> list[Finding]:
    """Compare two supergraphs as clients see them.

    Args:
        old: SDL of the supergraph that clients were written for.
        new: SDL of the one that is to take its place.
        operations: documents of stored operations by name.

    Returns:
        Every breaking and dangerous change with the operations that it hits, and an
        OPERATION_BROKEN for each operation that is no longer valid; breaking ones first.

    Raises:
        SupergraphInvalid: one of the two is no supergraph.
    """
    before, after = read_supergraph(old), read_supergraph(new)
    schemas = api_schema(before), api_schema(after)
    changes = [*schema_changes(*schemas), *access_changes(before, after)]
    documents, findings = _read(operations or {}, schemas[0])
    uses = {name: uses_of(document, schemas[0]) for name, document in documents.items()}
    for change in changes:
        hit = tuple(name for name, used in uses.items() if is_hit(change, used))
        findings.append(Finding(change, hit))
    findings += _broken(documents, schemas[1])
    return sorted(findings, key=lambda finding: finding.change.severity is not Severity.BREAKING)


def _read(
    operations: Mapping[str, str], schema: GraphQLSchema
) -> tuple[dict[str, DocumentNode], list[Finding]]:
    """The operations that the old schema allows; of the others, why it does not."""
    documents: dict[str, DocumentNode] = {}
    findings: list[Finding] = []
    for name, text in operations.items():
        try:
            document = parse(text)
            errors = validate(schema, document)
        except GraphQLError as error:
            errors = [error]
        else:
            documents |= {} if errors else {name: document}
        findings += _told("OPERATION_INVALID", name, errors)
    return documents, findings


def _broken(documents: Mapping[str, DocumentNode], schema: GraphQLSchema) -> Iterator[Finding]:
    for name, document in documents.items():
        yield from _told("OPERATION_BROKEN", name, validate(schema, document))


def _told(kind: str, name: str, errors: list[GraphQLError]) -> Iterator[Finding]:
    for error in errors:
        change = Change(kind, Severity.BREAKING, (), f"{name}: {error.message}")
        yield Finding(change, (name,))
