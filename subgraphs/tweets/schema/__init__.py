"""What is asked: the GraphQL schema, which only translates.

`queries`, `mutations` and `subscriptions` are the roots, `types` what they give, `paging`
connections, `refusals` expected failures, `faults` the others, `context` what a resolver works
with.
"""

from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from subgraphs.tweets.schema.faults import CodedFaults
from subgraphs.tweets.schema.mutations import Mutation
from subgraphs.tweets.schema.queries import Query
from subgraphs.tweets.schema.refusals import HANDLERS
from subgraphs.tweets.schema.scalars import URL, URL_SCALAR
from subgraphs.tweets.schema.subscriptions import FrameTrace, Subscription

# The router sends few distinct texts, each many times.
REMEMBERED_DOCUMENTS = 1_000


class TweetsSchema(Schema):
    """The schema, which leaves the log of failures to `CodedFaults`: most are the client's."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here, where a bad cursor would fill the log with tracebacks."""


SCHEMA = TweetsSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    federation_version="2.9",
    config=StrawberryConfig(scalar_map={URL: URL_SCALAR}),
    exception_handlers=HANDLERS,
    extensions=[
        CodedFaults,
        FrameTrace,
        lambda: ParserCache(maxsize=REMEMBERED_DOCUMENTS),
        lambda: ValidationCache(maxsize=REMEMBERED_DOCUMENTS),
    ],
)
