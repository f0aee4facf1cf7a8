"""What is asked: the GraphQL schema, which only translates.

`queries` and `mutations` are the roots, `types` and `suggestions` what they give, `paging`
connections, `refusals` expected failures, `faults` the others, `context` what a resolver works
with.
"""

from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation import Schema
from strawberry.types import ExecutionContext

from subgraphs.social.schema.faults import CodedFaults
from subgraphs.social.schema.mutations import Mutation
from subgraphs.social.schema.queries import Query
from subgraphs.social.schema.refusals import HANDLERS

# The router sends few distinct texts, each many times.
REMEMBERED_DOCUMENTS = 1_000


class SocialSchema(Schema):
    """The schema, which leaves the log of failures to `CodedFaults`: most are the client's."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here, where a bad cursor would fill the log with tracebacks."""


SCHEMA = SocialSchema(
    query=Query,
    mutation=Mutation,
    federation_version="2.9",
    exception_handlers=HANDLERS,
    extensions=[
        CodedFaults,
        lambda: ParserCache(maxsize=REMEMBERED_DOCUMENTS),
        lambda: ValidationCache(maxsize=REMEMBERED_DOCUMENTS),
    ],
)
