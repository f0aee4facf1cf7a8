"""What is asked: the GraphQL schema, which only translates.

`queries`, `mutations` and `subscriptions` are the roots, `types` what they give, `paging`
arguments of pages, `refusals` expected failures, `faults` the others, `context` what a resolver
works with.
"""

from typing import Final

from strawberry.schema.config import StrawberryConfig

from chassis.graphql import FEDERATION, URL, URL_SCALAR, SubgraphSchema, extensions
from subgraphs.tweets.schema.faults import FAULTS
from subgraphs.tweets.schema.mutations import Mutation
from subgraphs.tweets.schema.queries import Query
from subgraphs.tweets.schema.refusals import HANDLERS
from subgraphs.tweets.schema.subscriptions import Subscription

SCHEMA: Final = SubgraphSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=extensions(FAULTS),
    config=StrawberryConfig(scalar_map={URL: URL_SCALAR}),
    federation_version=FEDERATION,
    exception_handlers=HANDLERS,
)
