"""Faults in the `errors` list: which error of this service has which code."""

from typing import Final

from chassis.graphql import Faults
from chassis.neo4j import StoreUnavailable
from subgraphs.social.model.errors import (
    InputRefused,
    NotSignedIn,
    SocialError,
    UserMissing,
    UsersUnavailable,
)

FAULTS: Final = Faults(
    told=SocialError,
    codes={
        InputRefused: "BAD_INPUT",
        NotSignedIn: "UNAUTHENTICATED",
        UserMissing: "NOT_FOUND",
        UsersUnavailable: "UNAVAILABLE",
        StoreUnavailable: "UNAVAILABLE",
    },
    messages={"UNAVAILABLE": "The graph of follows cannot be reached at the moment."},
)
