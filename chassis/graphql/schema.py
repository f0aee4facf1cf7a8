"""What each subgraph's schema is made with beside its own types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from graphql import GraphQLError
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.federation import Schema
from strawberry.types import ExecutionContext

from chassis.graphql.faults import CodedFaults, Faults
from chassis.graphql.frames import FrameTrace

FEDERATION: Final = "2.9"
# The router sends few distinct texts, each many times.
REMEMBERED_DOCUMENTS: Final = 1_000


class SubgraphSchema(Schema):
    """The schema, which leaves the log of failures to `CodedFaults`: most are the client's."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here, where a bad cursor would fill the log with tracebacks."""


def extensions(faults: Faults) -> list[Callable[[], SchemaExtension]]:
    """Make the extensions: coded faults, traces of frames, documents parsed and checked once."""
    return [
        partial(CodedFaults, faults),
        FrameTrace,
        partial(ParserCache, maxsize=REMEMBERED_DOCUMENTS),
        partial(ValidationCache, maxsize=REMEMBERED_DOCUMENTS),
    ]
