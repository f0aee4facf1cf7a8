"""What can be asked of users, in GraphQL: Apollo Federation 2, one subgraph of the whole.

`types` is what there is, `queries` and `mutations` what can be asked and done, `refusals` the
failures that clients are to expect, `faults` those that they are not.
"""

from typing import Final

from strawberry.schema.config import StrawberryConfig

from chassis.graphql import FEDERATION, URL, URL_SCALAR, SubgraphSchema, extensions
from subgraphs.users.schema.faults import FAULTS
from subgraphs.users.schema.mutations import Mutation
from subgraphs.users.schema.queries import Query
from subgraphs.users.schema.refusals import HANDLERS
from subgraphs.users.schema.types import Tweet

SCHEMA: Final = SubgraphSchema(
    query=Query,
    mutation=Mutation,
    types=[Tweet],
    extensions=extensions(FAULTS),
    config=StrawberryConfig(scalar_map={URL: URL_SCALAR}),
    federation_version=FEDERATION,
    exception_handlers=HANDLERS,
)


def print_sdl() -> str:
    """The subgraph's SDL, as `_service { sdl }` gives it and as it stands in `schema/`."""
    return SCHEMA.as_str()
