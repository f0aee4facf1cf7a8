"""What is asked: the GraphQL schema, which only translates.

`queries` and `subscriptions` are the roots, `types` what they give, `paging` the arguments of a
page, `faults` failures, `context` what a resolver works with.
"""

from typing import Final

from chassis.graphql import FEDERATION, SubgraphSchema, extensions
from subgraphs.timeline.schema.faults import FAULTS
from subgraphs.timeline.schema.queries import Query
from subgraphs.timeline.schema.subscriptions import Subscription

SCHEMA: Final = SubgraphSchema(
    query=Query,
    subscription=Subscription,
    extensions=extensions(FAULTS),
    federation_version=FEDERATION,
)
