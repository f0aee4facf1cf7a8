"""What the GraphQL of every subgraph has alike, and no field of any.

`schema` is what each schema is made with, `faults` gives errors their codes, `frames` names the
trace of what a subscription tells.
"""

from chassis.graphql.faults import Faults
from chassis.graphql.frames import name_trace
from chassis.graphql.schema import FEDERATION, SubgraphSchema, extensions

__all__ = ["FEDERATION", "Faults", "SubgraphSchema", "extensions", "name_trace"]
