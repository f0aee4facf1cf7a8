"""The SDL: what the contract says of directives, unions and nullability."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse
from graphql.language import print_ast

from subgraphs.users.schema import print_sdl

SDL = print_sdl()
definitions: Any = parse(SDL).definitions
TYPES: dict[str, Any] = {
    definition.name.value: definition
    for definition in definitions
    if getattr(definition, "name", None)
}


def printed(type: str, field: str) -> str:
    (found,) = [f for f in TYPES[type].fields if f.name.value == field]
    return print_ast(found).split('"""')[-1].strip()


@pytest.mark.parametrize(
    ("type", "field", "expected"),
    [
        ("Mutation", "signUp", "signUp(input: SignUpInput!): SignUpResult! @cost(weight: 50)"),
        ("Mutation", "logIn", "logIn(input: LogInInput!): LogInResult! @cost(weight: 50)"),
        ("Mutation", "refresh", "refresh(refreshToken: String!): RefreshResult!"),
        (
            "Mutation",
            "logOut",
            "logOut(everywhere: Boolean = false): SimpleResult! @authenticated",
        ),
        ("Mutation", "revokeSession", "revokeSession(id: ID!): SimpleResult! @authenticated"),
        (
            "Mutation",
            "updateProfile",
            "updateProfile(input: ProfileInput!): ProfileResult! @authenticated",
        ),
        ("Query", "viewer", "viewer: Viewer @shareable"),
        ("Query", "node", "node(id: ID!): Node"),
        ("Query", "user", "user(id: ID, username: String): User"),
        ("Query", "users", "users(ids: [ID!]!): [User] @listSize(assumedSize: 100)"),
        ("User", "username", "username: String! @shareable"),
        ("User", "displayName", "displayName: String! @shareable"),
        ("User", "avatar", "avatar: Avatar @shareable"),
        ("User", "searchable", "searchable: Boolean! @inaccessible"),
        ("Viewer", "user", "user: User"),
        ("Viewer", "sessions", "sessions: [Session!] @listSize(assumedSize: 20)"),
    ],
)
def test_field(type, field, expected):
    assert printed(type, field) == expected


def test_types_carry_their_keys_and_guards():
    assert 'type User implements Node @key(fields: "id") @key(fields: "username") {' in SDL
    assert 'type Viewer @key(fields: "id") @authenticated {' in SDL
    assert 'type Tweet implements Node @key(fields: "id", resolvable: false) {' in SDL
    assert "https://specs.apollo.dev/federation/v2.9" in SDL


def test_every_member_of_a_result_that_is_a_failure_is_a_user_error():
    for name, definition in TYPES.items():
        if name.endswith("Result"):
            failures = {t.name.value for t in definition.types}
            failures -= {"AuthTokens", "ProfilePayload", "Done"}
            assert failures, name
            for failure in failures:
                assert [i.name.value for i in TYPES[failure].interfaces] == ["UserError"]


def test_the_error_codes_are_those_of_the_contract():
    codes = (
        "BAD_INPUT TAKEN NOT_FOUND FORBIDDEN RATE_LIMITED CONFLICT BLOCKED PROTECTED SUSPENDED "
        "WEAK_PASSWORD BAD_CREDENTIALS TOKEN_REUSED UNAVAILABLE"
    )
    assert [value.name.value for value in TYPES["ErrorCode"].values] == codes.split()
