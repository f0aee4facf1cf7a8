"""What can be done, over signed requests: answers are unions, failures are typed."""

from __future__ import annotations

import uuid

import pytest

from chassis.identity import Viewer
from subgraphs.users.model.ids import SESSION, USER, global_id
from tests.subgraphs.users.people import PASSWORD, unique, viewer_of
from tests.subgraphs.users.subgraph import SIGN_UP

LOG_IN = """
mutation ($input: LogInInput!) { logIn(input: $input) {
  __typename
  ... on AuthTokens { accessToken refreshToken expiresIn }
  ... on UserError { message code field }
} }
"""
REFRESH = """
mutation ($token: String!) { refresh(refreshToken: $token) {
  __typename
  ... on AuthTokens { accessToken refreshToken expiresIn }
  ... on UserError { message code field }
} }
"""
LOG_OUT = """
mutation ($everywhere: Boolean) { logOut(everywhere: $everywhere) {
  __typename ... on Done { ok } ... on UserError { code field }
} }
"""
REVOKE = """
mutation ($id: ID!) { revokeSession(id: $id) {
  __typename ... on Done { ok } ... on UserError { code field }
} }
"""
UPDATE = """
mutation ($input: ProfileInput!) { updateProfile(input: $input) {
  __typename
  ... on ProfilePayload { user { id displayName bio location website protected } }
  ... on UserError { message code field }
} }
"""


def account(name, **more):
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **more}


async def test_sign_up_log_in_refresh_log_out(subgraph):
    name = unique("Alice")
    signed_up = (await subgraph.data(SIGN_UP, input=account(name)))["signUp"]
    assert signed_up["__typename"] == "AuthTokens"
    assert signed_up["expiresIn"] == 600
    by_email = {"email": f"{name}@EXAMPLE.org", "password": PASSWORD}
    tokens = (await subgraph.data(LOG_IN, input=by_email))["logIn"]
    assert tokens["__typename"] == "AuthTokens"
    refreshed = (await subgraph.data(REFRESH, token=tokens["refreshToken"]))["refresh"]
    viewer = viewer_of(refreshed["accessToken"])
    assert (await subgraph.data(LOG_OUT, viewer))["logOut"] == {"__typename": "Done", "ok": True}
    out = (await subgraph.data(REFRESH, token=refreshed["refreshToken"]))["refresh"]
    assert (out["__typename"], out["code"]) == ("BadCredentials", "BAD_CREDENTIALS")
    assert out["field"] is None


async def test_guesses_by_aliases_in_one_request_are_counted_each(subgraph):
    viewer, name = await subgraph.sign_up(), unique("nobody")
    one = f'logIn(input: {{username: "{name}", password: "guess"}})'
    what = "{ __typename ... on UserError { code field } ... on RateLimited { retryAfterMs } }"
    aliases = " ".join(f"a{n}: {one} {what}" for n in range(12))
    answers = (await subgraph.data(f"mutation {{ {aliases} }}", viewer)).values()
    limited = [answer for answer in answers if answer["__typename"] == "RateLimited"]
    assert len(limited) == 2
    assert {answer["code"] for answer in limited} == {"RATE_LIMITED"}
    assert all(0 < answer["retryAfterMs"] <= 60_000 for answer in limited)
    assert sum(answer["__typename"] == "BadCredentials" for answer in answers) == 10


async def test_log_out_everywhere(subgraph):
    viewer = await subgraph.sign_up()
    assert (await subgraph.data(LOG_OUT, viewer, everywhere=True))["logOut"]["ok"] is True
    sessions = await subgraph.data("{ viewer { sessions { id } } }", viewer)
    assert sessions["viewer"]["sessions"] == []


async def test_a_reused_refresh_token_is_told_as_such(subgraph, clock):
    tokens = (await subgraph.data(SIGN_UP, input=account(unique())))["signUp"]
    await subgraph.data(REFRESH, token=tokens["refreshToken"])
    clock.turn(seconds=11)
    reused = (await subgraph.data(REFRESH, token=tokens["refreshToken"]))["refresh"]
    assert (reused["__typename"], reused["code"]) == ("BadCredentials", "TOKEN_REUSED")


async def test_seed_failed_login_is_not_a_token(subgraph):
    """A failed login used to answer 200 with the error object as `access_token`."""
    name = unique()
    await subgraph.sign_up(name)
    wrong = {"username": name, "password": "not the password"}
    unknown = {"username": unique(), "password": PASSWORD}
    answers = [(await subgraph.data(LOG_IN, input=given))["logIn"] for given in (wrong, unknown)]
    assert answers[0] == answers[1]
    assert answers[0]["__typename"] == "BadCredentials"
    assert "accessToken" not in answers[0]


@pytest.mark.parametrize("names", [{}, {"username": None}, {"username": "", "email": ""}])
async def test_seed_login_with_neither_name_nor_email_is_refused(subgraph, names):
    await subgraph.sign_up()
    answer = (await subgraph.data(LOG_IN, input={**names, "password": PASSWORD}))["logIn"]
    assert (answer["__typename"], answer["code"]) == ("InvalidInput", "BAD_INPUT")
    assert answer["field"] == ["input", "username"]


async def test_seed_signup_never_returns_password_hash(subgraph):
    """Signing up used to answer with the whole row. Now no type so much as has such a field."""
    response = await subgraph.send(SIGN_UP, {"input": account(unique())})
    assert "argon2" not in response.text
    found = await subgraph.data("{ __schema { types { fields { name } } } }")
    names = {f["name"] for each in found["__schema"]["types"] for f in each["fields"] or ()}
    # The hash of a picture is another matter.
    assert {n for n in names if "password" in n.lower() or "hash" in n.lower()} == {"blurhash"}


@pytest.mark.parametrize("field", ["username", "email"])
async def test_seed_signup_clash_names_the_field(subgraph, field):
    name = unique("Bob")
    await subgraph.sign_up(name)
    clash = {**account(unique()), field: account(name)[field].swapcase()}
    answer = (await subgraph.data(SIGN_UP, input=clash))["signUp"]
    assert (answer["__typename"], answer["code"]) == ("InvalidInput", "TAKEN")
    assert answer["field"] == ["input", field]
    assert name not in answer["message"]


async def test_a_weak_password_has_its_code(subgraph):
    answer = (await subgraph.data(SIGN_UP, input=account(unique(), password="short")))["signUp"]
    assert (answer["__typename"], answer["code"]) == ("InvalidInput", "WEAK_PASSWORD")
    assert answer["field"] == ["input", "password"]


async def test_a_megabyte_of_password_is_a_typed_failure(subgraph, hasher):
    hashed = hasher.hashed
    huge = {"username": unique(), "password": "x" * 1_000_000}
    assert (await subgraph.data(LOG_IN, input=huge))["logIn"]["code"] == "BAD_INPUT"
    huge["email"] = "somebody@example.org"
    answer = (await subgraph.data(SIGN_UP, input=huge))["signUp"]
    assert (answer["code"], answer["field"]) == ("BAD_INPUT", ["input", "password"])
    assert (hasher.hashed, hasher.compared) == (hashed, 0)


async def test_a_profile_is_updated_field_by_field(subgraph):
    viewer = await subgraph.sign_up()
    given = {"displayName": "Zoë", "bio": "Hi", "website": "https://example.org"}
    await subgraph.data(UPDATE, viewer, input=given)
    answer = await subgraph.data(UPDATE, viewer, input={"bio": None, "protected": True})
    assert answer["updateProfile"]["user"] == {
        "id": global_id(USER, uuid.UUID(viewer.id)),
        "displayName": "Zoë",
        "bio": None,
        "location": None,
        "website": "https://example.org",
        "protected": True,
    }


async def test_a_refused_profile_names_the_field_as_the_client_wrote_it(subgraph):
    viewer = await subgraph.sign_up()
    answer = await subgraph.data(UPDATE, viewer, input={"displayName": None})
    failure = answer["updateProfile"]
    assert (failure["__typename"], failure["code"]) == ("InvalidInput", "BAD_INPUT")
    assert failure["field"] == ["input", "displayName"]


async def test_sessions_are_listed_and_revoked(subgraph):
    name = unique()
    here = await subgraph.sign_up(name)
    attempt = {"username": name, "password": PASSWORD}
    other = (await subgraph.data(LOG_IN, input=attempt))["logIn"]
    query = "{ viewer { sessions { id current userAgent ip createdAt lastUsedAt } } }"
    sessions = (await subgraph.data(query, here))["viewer"]["sessions"]
    assert sorted(session["current"] for session in sessions) == [False, True]
    (elsewhere,) = [session["id"] for session in sessions if not session["current"]]
    assert (await subgraph.data(REVOKE, here, id=elsewhere))["revokeSession"]["ok"] is True
    gone = (await subgraph.data(REVOKE, here, id=elsewhere))["revokeSession"]
    assert (gone["__typename"], gone["code"], gone["field"]) == (
        "InvalidInput",
        "NOT_FOUND",
        ["id"],
    )
    out = (await subgraph.data(REFRESH, token=other["refreshToken"]))["refresh"]
    assert out["__typename"] == "BadCredentials"


@pytest.mark.parametrize("id", ["", "S_", "nonsense", "S_\x00", "S_" + "A" * 1000, "U_{user}"])
async def test_a_malformed_session_id_is_a_typed_failure(subgraph, id):
    viewer = await subgraph.sign_up()
    text = id.replace("U_{user}", global_id(USER, uuid.UUID(viewer.id)))
    answer = (await subgraph.data(REVOKE, viewer, id=text))["revokeSession"]
    assert (answer["__typename"], answer["code"]) == ("InvalidInput", "BAD_INPUT")


async def test_somebody_elses_session_is_not_found(subgraph):
    alice, bob = await subgraph.sign_up(), await subgraph.sign_up()
    bobs = global_id(SESSION, uuid.UUID(bob.session_id))
    assert (await subgraph.data(REVOKE, alice, id=bobs))["revokeSession"]["code"] == "NOT_FOUND"


MUTATIONS = {
    "logOut": (LOG_OUT, {}),
    "revokeSession": (REVOKE, {"id": global_id(SESSION, uuid.uuid4())}),
    "updateProfile": (UPDATE, {"input": {"bio": "x"}}),
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_without_a_viewer_nothing_private_is_done(subgraph, name):
    query, variables = MUTATIONS[name]
    answer = await subgraph.ask(query, None, **variables)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["path"] == [name]


@pytest.mark.parametrize("evil", ["\x00", "a\x00b", "' OR 1=1; DROP TABLE users --", "\ud800"])
async def test_hostile_text_in_every_argument_is_a_typed_failure(subgraph, evil):
    viewer = await subgraph.sign_up()
    asked = [
        (SIGN_UP, {"input": account(unique(), username=evil)}),
        (SIGN_UP, {"input": account(unique(), email=evil)}),
        (SIGN_UP, {"input": account(unique(), password=evil[:7])}),
        (LOG_IN, {"input": {"username": evil, "password": PASSWORD}}),
        (LOG_IN, {"input": {"email": evil, "password": PASSWORD}}),
        (LOG_IN, {"input": {"username": unique(), "password": evil}}),
        (REFRESH, {"token": evil}),
        (REVOKE, {"id": evil}),
        (UPDATE, {"input": {"website": evil}}),
    ]
    if "'" not in evil:
        asked.append((SIGN_UP, {"input": account(unique(), displayName=evil)}))
        asked += [(UPDATE, {"input": {name: evil}}) for name in ("displayName", "bio", "location")]
    for query, variables in asked:
        (answer,) = (await subgraph.data(query, viewer, **variables)).values()
        assert answer["__typename"] in ("InvalidInput", "BadCredentials"), variables
    assert (await subgraph.data("{ viewer { email } }", viewer))["viewer"]["email"]


async def test_sql_in_a_profile_is_text(subgraph):
    viewer = await subgraph.sign_up()
    sql = "'); DELETE FROM users; --"
    answer = await subgraph.data(UPDATE, viewer, input={"bio": sql, "displayName": sql})
    assert answer["updateProfile"]["user"]["bio"] == sql


async def test_claims_of_an_account_that_is_no_more_are_refused(subgraph):
    ghost = Viewer(str(uuid.uuid4()), str(uuid.uuid4()), frozenset(), 2**31)
    answer = await subgraph.ask(UPDATE, ghost, input={"bio": "boo"})
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
