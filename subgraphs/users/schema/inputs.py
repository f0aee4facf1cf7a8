"""What mutations are given. A field left out differs from one that is null: see `ProfileInput`."""

import strawberry
from strawberry.types.unset import UNSET

from chassis.graphql import URL


@strawberry.input
class SignUpInput:
    """A new account; without a display name the username is shown."""

    username: str
    email: str
    password: str
    display_name: str | None = UNSET


@strawberry.input
class LogInInput:
    """Either username or email, in any case, and the password."""

    username: str | None = UNSET
    email: str | None = UNSET
    password: str


@strawberry.input
class ProfileInput:
    """What is to change: a field left out stays, null clears it where it can be empty."""

    display_name: str | None = UNSET
    bio: str | None = UNSET
    location: str | None = UNSET
    website: URL | None = UNSET
    protected: bool | None = UNSET
    searchable: bool | None = UNSET
