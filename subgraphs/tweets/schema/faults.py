"""Faults in the `errors` list: which error of this service has which code."""

from typing import Final

from chassis.graphql import Faults
from chassis.postgres import StoreUnavailable
from subgraphs.tweets.model.errors import (
    AuthorUnavailable,
    InputRefused,
    NotSignedIn,
    TweetMissing,
    TweetsError,
)

FAULTS: Final = Faults(
    told=TweetsError,
    codes={
        InputRefused: "BAD_INPUT",
        NotSignedIn: "UNAUTHENTICATED",
        TweetMissing: "NOT_FOUND",
        AuthorUnavailable: "UNAVAILABLE",
        StoreUnavailable: "UNAVAILABLE",
    },
    messages={"UNAVAILABLE": "Tweets cannot be reached at the moment."},
)
