"""What the GraphQL of every subgraph has alike, and no field of any.

`schema` is what each schema is made with, `endpoint` serves it and says who asks, `faults` gives
errors their codes, `frames` names the trace of what a subscription tells.
"""

from chassis.graphql.endpoint import SubgraphEndpoint, viewer_id_of, viewer_of
from chassis.graphql.faults import Faults
from chassis.graphql.frames import name_trace
from chassis.graphql.schema import FEDERATION, SubgraphSchema, extensions

__all__ = [
    "FEDERATION",
    "Faults",
    "SubgraphEndpoint",
    "SubgraphSchema",
    "extensions",
    "name_trace",
    "viewer_id_of",
    "viewer_of",
]
