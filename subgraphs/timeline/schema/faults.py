"""Faults in the `errors` list: which error of this service has which code."""

from typing import Final

from chassis.graphql import Faults
from chassis.postgres import StoreUnavailable
from subgraphs.timeline.model.errors import (
    InputRefused,
    LiveUnavailable,
    NotSignedIn,
    TimelineError,
)

FAULTS: Final = Faults(
    told=TimelineError,
    codes={
        InputRefused: "BAD_INPUT",
        NotSignedIn: "UNAUTHENTICATED",
        StoreUnavailable: "UNAVAILABLE",
        LiveUnavailable: "UNAVAILABLE",
    },
    messages={"UNAVAILABLE": "The timeline cannot be reached at the moment."},
)
