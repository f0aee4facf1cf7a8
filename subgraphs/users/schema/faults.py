"""Faults in the `errors` list: which error of this service has which code."""

from typing import Final

from chassis.graphql import Faults
from chassis.postgres import StoreUnavailable
from subgraphs.users.model.errors import InputRefused, NotSignedIn, NotYours, UsersError

FAULTS: Final = Faults(
    told=UsersError,
    codes={
        InputRefused: "BAD_INPUT",
        NotSignedIn: "UNAUTHENTICATED",
        NotYours: "FORBIDDEN",
        StoreUnavailable: "UNAVAILABLE",
    },
    messages={"UNAVAILABLE": "Accounts cannot be reached at the moment."},
)
