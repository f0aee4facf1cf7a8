"""Hostile access tokens against a running router whose issuer serves real keys."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.supergraph.serve.tokens import (
    AUDIENCE,
    ISSUER,
    SECRET,
    SECRET_NAME,
    SESSION,
    USER,
    Issuer,
    issuing,
    new_key,
    pem,
)
from tests.supergraph.serve.worlds import Subgraph, serving

SDL = "type Query { open: Int secret: Int @authenticated }"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
async def client(issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    subgraph = Subgraph(SDL, {"open": 1, "secret": 42})
    environ = {SECRET_NAME: SECRET}
    async with serving(issuer.configuration(), environ, a=subgraph) as client:
        yield client


async def send(client: httpx.AsyncClient, *authorization: str) -> httpx.Response:
    headers = [("authorization", value) for value in authorization]
    return await client.post("/graphql", json={"query": "{ open secret }"}, headers=headers)


async def is_refused(client: httpx.AsyncClient, *authorization: str) -> str:
    answer = await send(client, *authorization)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.json()
    return error["message"]


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    times = {"iat": now, "nbf": now, "exp": now + 600}
    whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": USER, "sid": SESSION, "scope": "", **times}
    return {**whole, **changes}


def signed(issuer: Issuer, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    kid = issuer.signer().jwks()["keys"][0]["kid"]
    return jwt.encode(
        claims(**changes), issuer.key, algorithm="EdDSA", headers={"kid": kid, **(header or {})}
    )


async def test_a_valid_token_is_taken(client: httpx.AsyncClient, issuer: Issuer):
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = await send(client, f"{scheme} {issuer.token()}")
        assert answer.json() == {"data": {"open": 1, "secret": 42}}


async def test_without_a_token_what_is_open_is_served(client: httpx.AsyncClient):
    answer = await send(client)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"open": 1, "secret": None}


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "", "HS256", "ES256", "eddsa"])
async def test_no_other_algorithm(client: httpx.AsyncClient, issuer: Issuer, algorithm: str):
    kid = issuer.signer().jwks()["keys"][0]["kid"]
    token = f"{part({'alg': algorithm, 'kid': kid})}.{part(claims())}."
    await is_refused(client, f"Bearer {token}")
    await is_refused(client, f"Bearer {token}{part('signature')}")


async def test_no_public_key_used_as_a_secret(client: httpx.AsyncClient, issuer: Issuer):
    kid = issuer.signer().jwks()["keys"][0]["kid"]
    text = f"{part({'alg': 'HS256', 'kid': kid})}.{part(claims())}"
    public = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = hmac.new(public, text.encode(), hashlib.sha256).digest()
    encoded = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    await is_refused(client, f"Bearer {text}.{encoded}")


async def test_keys_that_the_token_names_are_never_looked_at(
    client: httpx.AsyncClient, issuer: Issuer
):
    async with issuing() as attacker:
        jwk = attacker.signer().jwks()["keys"][0]
        for header in ({"jku": attacker.url}, {"x5u": attacker.url}, {"jwk": jwk}):
            await is_refused(client, f"Bearer {signed(attacker, {**header})}")
        ours = issuer.signer().jwks()["keys"][0]["kid"]
        await is_refused(client, f"Bearer {signed(attacker, {'kid': ours, 'jwk': jwk})}")
        assert attacker.fetches == 0


async def test_unknown_keys_cause_one_fetch(client: httpx.AsyncClient, issuer: Issuer):
    await send(client, f"Bearer {issuer.token()}")
    before = issuer.fetches
    for number in range(100):
        await is_refused(client, f"Bearer {signed(issuer, {'kid': f'k{number}'})}")
    assert issuer.fetches <= before + 1


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1 --", "", "x" * 10_000, "\0", None])
async def test_odd_key_names(client: httpx.AsyncClient, issuer: Issuer, kid: str | None):
    head = part({"alg": "EdDSA", "kid": kid})
    await is_refused(client, f"Bearer {head}.{part(claims())}.{part('x')}")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": -120},
        {"nbf": 600},
        {"aud": "others"},
        {"iss": "https://elsewhere.test"},
        {"exp": None},
        {"exp": "soon"},
        {"sub": "not a uuid"},
        {"sub": None},
        {"sid": None},
        {"aud": None},
    ],
)
async def test_claims_that_do_not_hold(
    client: httpx.AsyncClient, issuer: Issuer, changes: dict[str, Any]
):
    # From now on: the tests may have been collected many minutes ago.
    now = int(time.time())
    changed = {
        name: now + value if isinstance(value, int) else value for name, value in changes.items()
    }
    written = {name: value for name, value in claims(**changed).items() if value is not None}
    kid = issuer.signer().jwks()["keys"][0]["kid"]
    token = jwt.api_jws.encode(
        json.dumps(written).encode(), issuer.key, algorithm="EdDSA", headers={"kid": kid}
    )
    await is_refused(client, f"Bearer {token}")


async def test_an_expired_token_is_told_apart(client: httpx.AsyncClient, issuer: Issuer):
    token = issuer.token(now=time.time() - 700)
    assert "expired" in await is_refused(client, f"Bearer {token}")


async def test_clocks_may_differ_by_less_than_a_minute(client: httpx.AsyncClient, issuer: Issuer):
    for shift in (-630, 30):
        assert (await send(client, f"Bearer {issuer.token(now=time.time() + shift)}")).is_success


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"]}, {"cty": "JWT"}, {"enc": "A128GCM"}, {"zip": "DEF"}]
)
async def test_headers_that_change_the_meaning(
    client: httpx.AsyncClient, issuer: Issuer, header: dict[str, Any]
):
    await is_refused(client, f"Bearer {signed(issuer, header)}")


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer a.b.c.d.e",
        "Bearer ...",
        "Bearer x",
        "Bearer " + "a" * 100_000,
        "token",
    ],
)
async def test_what_is_no_token(client: httpx.AsyncClient, value: str):
    await is_refused(client, value)


async def test_ten_thousand_scopes(client: httpx.AsyncClient, issuer: Issuer):
    await is_refused(client, f"Bearer {issuer.token(*(f'scope{n}' for n in range(10_000)))}")


async def test_a_forged_signature(client: httpx.AsyncClient, issuer: Issuer):
    head, body, signature = issuer.token().split(".")
    forged = part(claims(scope="admin"))
    await is_refused(client, f"Bearer {head}.{forged}.{signature}")
    await is_refused(client, f"Bearer {head}.{body}.")
    other = Issuer(key=new_key())
    kid = issuer.signer().jwks()["keys"][0]["kid"]
    await is_refused(client, f"Bearer {signed(other, {'kid': kid})}")
    rsa_key = rsa.generate_private_key(65537, 2048)
    token = jwt.encode(claims(), rsa_key, algorithm="RS256", headers={"kid": kid})
    await is_refused(client, f"Bearer {token}")
    assert pem(issuer.key) != pem(other.key)


async def test_two_authorization_headers_are_refused(client: httpx.AsyncClient, issuer: Issuer):
    answer = await send(client, f"Bearer {issuer.token()}", "Bearer x")
    assert answer.status_code == 400
    assert "more than one `Authorization`" in answer.json()["errors"][0]["message"]


async def test_keys_that_cannot_be_had_are_not_the_clients_fault(
    client: httpx.AsyncClient, issuer: Issuer
):
    issuer.status = 500
    answer = await send(client, f"Bearer {issuer.token()}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert (await send(client)).status_code == 200


async def test_a_hundred_at_once_cause_one_fetch(client: httpx.AsyncClient, issuer: Issuer):
    answers = await asyncio.gather(*(send(client, f"Bearer {issuer.token()}") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert issuer.fetches == 1
