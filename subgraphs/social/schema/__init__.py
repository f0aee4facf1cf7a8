"""What is asked: the GraphQL schema, which only translates.

`queries` and `mutations` are the roots, `types` and `suggestions` what they give, `paging`
arguments of pages, `refusals` expected failures, `faults` the others, `context` what a resolver
works with.
"""

from typing import Final

from chassis.graphql import FEDERATION, SubgraphSchema, extensions
from subgraphs.social.schema.faults import FAULTS
from subgraphs.social.schema.mutations import Mutation
from subgraphs.social.schema.queries import Query
from subgraphs.social.schema.refusals import HANDLERS

SCHEMA: Final = SubgraphSchema(
    query=Query,
    mutation=Mutation,
    extensions=extensions(FAULTS),
    federation_version=FEDERATION,
    exception_handlers=HANDLERS,
)
