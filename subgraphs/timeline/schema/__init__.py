"""What is asked: the GraphQL schema, which only translates.

`queries` and `subscriptions` are the roots, `types` what they give, `paging` the arguments of a
page, `faults` failures, `context` what a resolver works with.
"""

from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation import Schema
from strawberry.types import ExecutionContext

from subgraphs.timeline.schema.faults import CodedFaults
from subgraphs.timeline.schema.queries import Query
from subgraphs.timeline.schema.subscriptions import FrameTrace, Subscription

# The router sends few distinct texts, each many times.
REMEMBERED_DOCUMENTS = 1_000


class TimelineSchema(Schema):
    """The schema, which leaves the log of failures to `CodedFaults`: most are the client's."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here, where a bad cursor would fill the log with tracebacks."""


SCHEMA = TimelineSchema(
    query=Query,
    subscription=Subscription,
    federation_version="2.9",
    extensions=[
        CodedFaults,
        FrameTrace,
        lambda: ParserCache(maxsize=REMEMBERED_DOCUMENTS),
        lambda: ValidationCache(maxsize=REMEMBERED_DOCUMENTS),
    ],
)
