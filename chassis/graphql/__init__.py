"""What the GraphQL of every subgraph has alike, and no field of any.

`schema` is what each schema is made with, `endpoint` serves it and says who asks, `faults` gives
errors their codes, `frames` names the trace of what a subscription tells, `paging` says where a
page stands in its list.
"""

from chassis.graphql.endpoint import SubgraphEndpoint, viewer_id_of, viewer_of
from chassis.graphql.faults import Faults
from chassis.graphql.frames import name_trace
from chassis.graphql.paging import DEFAULT_PAGE, PageInfo, assumed_size, page_info, paged
from chassis.graphql.scalars import URL, URL_SCALAR
from chassis.graphql.schema import FEDERATION, SubgraphSchema, extensions

__all__ = [
    "DEFAULT_PAGE",
    "FEDERATION",
    "URL",
    "URL_SCALAR",
    "Faults",
    "PageInfo",
    "SubgraphEndpoint",
    "SubgraphSchema",
    "assumed_size",
    "extensions",
    "name_trace",
    "page_info",
    "paged",
    "viewer_id_of",
    "viewer_of",
]
