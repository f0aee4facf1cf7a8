from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from chassis.identity import (
    CLAIMS_HEADER,
    SIGNATURE_HEADER,
    Caller,
    Client,
    KeysUnavailable,
    NotFromRouter,
    TokenExpired,
    TokenInvalid,
    TokenSigner,
    TokenVerifier,
    Viewer,
    keys,
    sign_claims,
    verifier,
    verify_claims,
)

USER, SESSION = str(uuid.uuid4()), str(uuid.uuid4())
SECRET = b"s" * 32
PRIVATE = (pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
PUBLIC = (pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)


def new_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def signer_of(key: ed25519.Ed25519PrivateKey, **others: Any) -> TokenSigner:
    who: dict[str, Any] = {"issuer": "https://us", "audience": "api"} | others
    return TokenSigner(key.private_bytes(*PRIVATE), **who)


KEY = new_key()
SIGNER = signer_of(KEY)


class Issuer:
    """Serves a JWKS, counts how often, and is away when told so."""

    def __init__(self, *signers: TokenSigner) -> None:
        self.signers = list(signers)
        self.fetched = 0
        self.away = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def __call__(self) -> dict[str, Any]:
        self.fetched += 1
        await asyncio.sleep(0)
        await self.answers.wait()
        if self.away:
            raise ConnectionRefusedError
        return {"keys": [key for signer in self.signers for key in signer.jwks()["keys"]]}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keys, "time", clock)
    monkeypatch.setattr(verifier, "time", clock)
    return clock


@pytest.fixture
def keys_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Ages the keys while tokens live in the present."""
    clock = Clock()
    monkeypatch.setattr(keys, "time", clock)
    return clock


def verifier_of(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(issuer, issuer="https://us", audience="api")


def forged(header: dict[str, Any], claims: dict[str, Any] | None = None, key: Any = KEY) -> str:
    """A token with any header and claims, signed by our key as EdDSA whatever the header says."""
    now = int(time.time())
    ours = {
        "iss": "https://us",
        "aud": "api",
        "sub": USER,
        "sid": SESSION,
        "scope": "",
        "iat": now,
        # The tokens below are made when the tests are collected.
        "exp": now + 86_400,
    }
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in (
            {"alg": "EdDSA", "kid": SIGNER.jwks()["keys"][0]["kid"]} | header,
            {name: value for name, value in (ours | (claims or {})).items() if value is not None},
        )
    ]
    signature = key.sign(b".".join(parts)) if key else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def test_gives_back_whom_the_token_was_issued_to():
    token = SIGNER.sign(USER, SESSION, {"read", "write"}, now=1_000_000_000_000)
    with pytest.raises(TokenInvalid):
        await verifier_of(Issuer(SIGNER)).verify(token)
    now = time.time()
    viewer = await verifier_of(Issuer(SIGNER)).verify(
        SIGNER.sign(USER, SESSION, {"read", "write"}, now=now)
    )
    scopes, ends, issued = frozenset({"read", "write"}), int(now) + 600, round(now, 3)
    assert viewer == Viewer(USER, SESSION, scopes, ends, issued)


async def test_another_claim_may_name_the_session():
    issuer = Issuer(SIGNER)
    reader = TokenVerifier(issuer, issuer="https://us", audience="api", session_claim="jti")
    token = SIGNER.sign(USER, SESSION, ())
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (await reader.verify(token)).session_id == claims["jti"] != SESSION


async def test_the_forging_helper_makes_tokens_that_hold():
    """Else the tests below would refuse for the wrong reason."""
    assert (await verifier_of(Issuer(SIGNER)).verify(forged({}))).id == USER


def as_hs256(header: dict[str, Any]) -> str:
    """Signed with the public key as if it were a shared secret."""
    secret = KEY.public_key().public_bytes(*PUBLIC)
    head, body, _ = forged({"alg": "HS256"} | header).split(".")
    mac = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


NOW = int(time.time())
REFUSED = {
    "alg none": forged({"alg": "none"}, key=None),
    "alg None": forged({"alg": "None"}, key=None),
    "alg nOnE": forged({"alg": "nOnE"}, key=None),
    "alg of another case": forged({"alg": "eddsa"}),
    "alg missing": forged({"alg": None}),
    "alg a list": forged({"alg": ["EdDSA"]}),
    "confusion": as_hs256({}),
    "alg RS256": forged({"alg": "RS256"}),
    "no signature": forged({}, key=None),
    "another key": forged({}, key=new_key()),
    "jwk in the header": forged(
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}, key=new_key()
    ),
    "jku in the header": forged({"jku": "http://127.0.0.1:9/jwks"}, key=new_key()),
    "x5u in the header": forged({"x5u": "http://127.0.0.1:9/cert"}, key=new_key()),
    "crit": forged({"crit": ["exp"]}),
    "crit b64": forged({"crit": ["b64"], "b64": True}),
    "b64": forged({"b64": False}),
    "nested": forged({"cty": "JWT"}),
    "zip": forged({"zip": "DEF"}),
    "kid missing": forged({"kid": None}),
    "kid a number": forged({"kid": 1}),
    "kid a path": forged({"kid": "../../dev/null"}),
    "kid SQL": forged({"kid": "' OR 1=1 --"}),
    "kid long": forged({"kid": "k" * 5000}),
    "wrong aud": forged({}, {"aud": "other"}),
    "aud missing": forged({}, {"aud": None}),
    "wrong iss": forged({}, {"iss": "https://them"}),
    "iss missing": forged({}, {"iss": None}),
    "exp missing": forged({}, {"exp": None}),
    "exp text": forged({}, {"exp": "tomorrow"}),
    "exp endless": forged({}, {"exp": 1e400}),
    "nbf in the future": forged({}, {"nbf": NOW + 43_200}),
    "iat in the future": forged({}, {"iat": NOW + 43_200}),
    "sub missing": forged({}, {"sub": None}),
    "sub no uuid": forged({}, {"sub": "admin"}),
    "sub a list": forged({}, {"sub": [USER]}),
    "sid missing": forged({}, {"sid": None}),
    "sid empty": forged({}, {"sid": ""}),
    "sid a number": forged({}, {"sid": 7}),
    "scope a list": forged({}, {"scope": ["read"]}),
    "10,000 scopes": forged({}, {"scope": " ".join(f"scope{n}" for n in range(10_000))}),
    "a megabyte": "a" * 1_000_000,
    "empty": "",
    "no token": "not a token",
    "five parts": "a.b.c.d.e",
    "not ASCII": "é.é.é",
    "line ends": "a\r\nb.c.d",
    "header no object": base64.urlsafe_b64encode(b"[]").decode() + ".e30.AA",
    "deep header": base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.AA",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refuses(name: str):
    issuer = Issuer(SIGNER)
    with pytest.raises(TokenInvalid) as caught:
        await verifier_of(issuer).verify(REFUSED[name])
    assert not isinstance(caught.value, TokenExpired)
    # The JWKS, and at most once more for a key that is not in it.
    assert issuer.fetched <= 2


# One for all examples: how long a token is differs with the moment that it names.
ONE_TOKEN = SIGNER.sign(USER, SESSION, {"read"})


@given(st.data())
async def test_refuses_every_altered_token(data: st.DataObject):
    token = ONE_TOKEN
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("abcXYZ019-_.").filter(lambda c: c != token[place]))
    # A last letter of a part may carry bits that base64 leaves unused: those are of no account.
    if token[place + 1] == ".":
        return
    with pytest.raises(TokenInvalid):
        await verifier_of(Issuer(SIGNER)).verify(token[:place] + other + token[place + 1 :])


async def test_clocks_may_differ_by_a_minute_and_no_more():
    reader = verifier_of(Issuer(SIGNER))
    now = time.time()
    await reader.verify(SIGNER.sign(USER, SESSION, (), now=now + 50))
    await reader.verify(SIGNER.sign(USER, SESSION, (), now=now - 650))
    with pytest.raises(TokenInvalid):
        await reader.verify(SIGNER.sign(USER, SESSION, (), now=now + 75))
    with pytest.raises(TokenExpired):
        await reader.verify(SIGNER.sign(USER, SESSION, (), now=now - 665))


async def test_a_remembered_token_ends_all_the_same(clock: Clock):
    reader = verifier_of(Issuer(SIGNER))
    token = SIGNER.sign(USER, SESSION, (), now=clock.now)
    assert await reader.verify(token) is await reader.verify(token)
    clock.now += 661
    with pytest.raises(TokenExpired):
        await reader.verify(token)


async def test_a_signature_is_checked_once_per_token(monkeypatch: pytest.MonkeyPatch):
    reader = verifier_of(Issuer(SIGNER))
    token = SIGNER.sign(USER, SESSION, ())
    await reader.verify(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert (await reader.verify(token)).id == USER


async def test_remembers_a_bounded_number_of_tokens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verifier, "MOST_REMEMBERED", 3)
    reader = verifier_of(Issuer(SIGNER))
    for _ in range(10):
        await reader.verify(SIGNER.sign(USER, SESSION, ()))
    assert len(reader._verified) == 3


async def test_a_thousand_unknown_keys_cause_one_fetch_a_minute(clock: Clock):
    issuer = Issuer(SIGNER)
    reader = verifier_of(issuer)
    await reader.verify(SIGNER.sign(USER, SESSION, ()))
    strangers = [forged({"kid": f"stranger {n}"}) for n in range(1000)]
    refused = await asyncio.gather(
        *(reader.verify(token) for token in strangers), return_exceptions=True
    )
    assert {type(one) for one in refused} == {TokenInvalid}
    assert issuer.fetched == 2


async def test_a_new_key_is_known_at_once_and_no_valid_token_refused(clock: Clock):
    issuer = Issuer(SIGNER)
    reader = verifier_of(issuer)
    await reader.verify(SIGNER.sign(USER, SESSION, ()))
    later = signer_of(new_key())
    issuer.signers.append(later)
    for _ in range(20):
        await reader.verify(later.sign(USER, SESSION, ()))
        await reader.verify(SIGNER.sign(USER, SESSION, ()))
    assert issuer.fetched == 2


async def test_a_retired_key_is_refused_after_a_minute_also_for_remembered_tokens(clock: Clock):
    later = signer_of(new_key())
    issuer = Issuer(SIGNER, later)
    reader = verifier_of(issuer)
    token = SIGNER.sign(USER, SESSION, (), now=clock.now)
    await reader.verify(token)
    issuer.signers.remove(SIGNER)
    clock.now += 60
    with pytest.raises(TokenInvalid):
        await reader.verify(token)
    await reader.verify(later.sign(USER, SESSION, (), now=clock.now))


async def test_keys_are_renewed_beside_the_requests(clock: Clock):
    issuer = Issuer(SIGNER)
    reader = verifier_of(issuer)
    token = SIGNER.sign(USER, SESSION, (), now=clock.now)
    await reader.verify(token)
    clock.now += 31
    await reader.verify(token)
    # Begun, and not waited for.
    assert issuer.fetched == 1
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert issuer.fetched == 2


async def test_an_issuer_that_is_away_does_no_harm_for_a_quarter_of_an_hour(keys_clock: Clock):
    issuer = Issuer(SIGNER)
    reader = verifier_of(issuer)
    await reader.verify(SIGNER.sign(USER, SESSION, ()))
    issuer.away = True
    for _ in range(14):
        keys_clock.now += 60
        await reader.verify(SIGNER.sign(USER, SESSION, ()))
    keys_clock.now += 120
    with pytest.raises(KeysUnavailable):
        await reader.verify(SIGNER.sign(USER, SESSION, ()))
    issuer.away = False
    keys_clock.now += 5
    await reader.verify(SIGNER.sign(USER, SESSION, ()))


async def test_without_keys_nobody_is_let_in_and_the_issuer_is_not_hammered(clock: Clock):
    issuer = Issuer(SIGNER)
    issuer.away = True
    reader = verifier_of(issuer)
    for _ in range(100):
        with pytest.raises(KeysUnavailable):
            await reader.verify(SIGNER.sign(USER, SESSION, ()))
    assert issuer.fetched == 1


async def test_an_issuer_that_hangs_holds_up_one_request_and_no_more(
    keys_clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keys, "FETCH_TIMEOUT", 0.01)
    issuer = Issuer(SIGNER)
    reader = verifier_of(issuer)
    await reader.verify(SIGNER.sign(USER, SESSION, ()))
    issuer.answers.clear()
    keys_clock.now += 60
    await reader.verify(SIGNER.sign(USER, SESSION, ()))
    monkeypatch.setattr(keys, "FETCH_TIMEOUT", 1000)
    for _ in range(10):
        keys_clock.now += 5
        # The second try hangs for good; were it waited for, this would too.
        await reader.verify(SIGNER.sign(USER, SESSION, ()))
        await asyncio.sleep(0)
    assert issuer.fetched == 3
    issuer.answers.set()


async def test_a_fetch_serves_all_who_wait_and_outlives_those_who_leave():
    issuer = Issuer(SIGNER)
    reader = verifier_of(issuer)
    waiting = [asyncio.create_task(reader.verify(SIGNER.sign(USER, SESSION, ()))) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert {one.id for one in results[1:] if isinstance(one, Viewer)} == {USER}
    assert issuer.fetched == 1


def public_jwk(**changes: Any) -> dict[str, Any]:
    return SIGNER.jwks()["keys"][0] | changes


@pytest.mark.parametrize(
    "key",
    [
        7,
        public_jwk(kty="RSA"),
        public_jwk(crv="Ed448"),
        public_jwk(x="AA"),
        public_jwk(x=None),
        public_jwk(kid=3),
        public_jwk(d="private"),
    ],
)
def test_keys_of_other_kinds_are_left_out(key: Any):
    assert keys.read_keys({"keys": [key]}) == {}


@pytest.mark.parametrize("jwks", [{}, {"keys": {}}, {"keys": [public_jwk()] * 101}])
def test_what_is_no_jwks_is_refused(jwks: dict[str, Any]):
    with pytest.raises(ValueError, match="JWKS"):
        keys.read_keys(jwks)


def test_the_jwks_shows_public_keys_alone_named_by_thumbprint():
    (key,) = SIGNER.jwks()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    # RFC 8037, appendix A.3: the thumbprint of its example key.
    known = ed25519.Ed25519PrivateKey.from_private_bytes(
        base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    )
    (example,) = signer_of(known).jwks()["keys"]
    assert example["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert example["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def test_the_next_key_can_be_published_before_it_signs():
    following = new_key()
    both = signer_of(KEY, also_published=[following.public_key().public_bytes(*PUBLIC)])
    kids = [key["kid"] for key in both.jwks()["keys"]]
    assert kids == [SIGNER.jwks()["keys"][0]["kid"], signer_of(following).jwks()["keys"][0]["kid"]]
    assert jwt.get_unverified_header(both.sign(USER, SESSION, ()))["kid"] == kids[0]


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        ed448.Ed448PrivateKey.generate(),
    ],
)
def test_signs_with_ed25519_alone(key: Any):
    with pytest.raises(TypeError, match="Ed25519"):
        TokenSigner(key.private_bytes(*PRIVATE), issuer="a", audience="b")


VIEWERS = st.none() | st.builds(
    Viewer,
    id=st.uuids().map(str),
    session_id=st.text(min_size=1, max_size=40),
    scopes=st.frozensets(st.text(max_size=20), max_size=4),
    expires_at=st.integers(0, 2**40),
)


CLIENTS = st.builds(
    Client,
    ip=st.none() | st.ip_addresses().map(str),
    user_agent=st.none() | st.text(max_size=600) | st.text("\U0001f600", min_size=250),
)


@given(VIEWERS, CLIENTS, st.binary(max_size=100))
def test_claims_come_back_as_they_went(viewer: Viewer | None, client: Client, body: bytes):
    headers = sign_claims(SECRET, body, viewer, client)
    assert verify_claims(SECRET, headers, body) == Caller(viewer, client.cleaned())
    assert client.cleaned().cleaned() == client.cleaned()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Firefox/1 (X11; Ubuntu)", "Firefox/1 (X11; Ubuntu)"),
        ("x" * 5000, "x" * 256),
        ("\x00" * 100 + "a\r\nSet-Cookie: b\x1b[31m\x7f\x9f", "aSet-Cookie: b[31m"),
        ("half\ud800 \u202egnp.exe\u200b", "half gnp.exe"),
        (" \t\n ", None),
        ("", None),
        (None, None),
    ],
)
def test_the_clients_word_is_signed_short_and_without_control_characters(
    said: str | None, kept: str | None
):
    headers = sign_claims(SECRET, b"x", None, Client(said, said))
    seen = verify_claims(SECRET, headers, b"x").client
    assert seen == Client(kept and kept[:64], kept)


def test_a_client_of_another_name_or_address_is_refused():
    """Everybody may read the claims, so everybody may write them anew; nobody can sign them."""
    headers = sign_claims(SECRET, b"x", None, Client("192.0.2.1", "Firefox"), now=1000)
    claims = json.loads(base64.urlsafe_b64decode(headers[CLAIMS_HEADER]))
    for changed in ({"ip": "192.0.2.2"}, {"ua": "curl"}, {"ip": None}):
        text = json.dumps(claims | changed, separators=(",", ":")).encode()
        forged = headers | {CLAIMS_HEADER: base64.urlsafe_b64encode(text).decode()}
        with pytest.raises(NotFromRouter):
            verify_claims(SECRET, forged, b"x", now=1000)


@given(VIEWERS, CLIENTS, st.binary(min_size=1, max_size=60), st.data())
def test_altered_claims_are_refused(
    viewer: Viewer | None, client: Client, body: bytes, data: st.DataObject
):
    headers = sign_claims(SECRET, body, viewer, client)
    part = data.draw(st.sampled_from([CLAIMS_HEADER, SIGNATURE_HEADER, "body"]))
    if part == "body":
        place = data.draw(st.integers(0, len(body) - 1))
        other = bytes([body[place] ^ data.draw(st.integers(1, 255))])
        body = body[:place] + other + body[place + 1 :]
    else:
        text = headers[part]
        place = data.draw(st.integers(0, len(text) - 1))
        other_text = data.draw(st.characters().filter(lambda c: c != text[place]))
        headers[part] = text[:place] + other_text + text[place + 1 :]
    with pytest.raises(NotFromRouter):
        verify_claims(SECRET, headers, body)


@given(st.text(max_size=60), st.text(max_size=60))
def test_headers_of_others_are_refused(claims: str, signature: str):
    with pytest.raises(NotFromRouter):
        verify_claims(SECRET, {CLAIMS_HEADER: claims, SIGNATURE_HEADER: signature}, b"")


def test_claims_hold_for_half_a_minute_either_way():
    viewer = Viewer(USER, SESSION, frozenset(), 0)
    headers = sign_claims(SECRET, b"x", viewer, now=1000)
    assert verify_claims(SECRET, headers, b"x", now=1030).viewer == viewer
    assert verify_claims(SECRET, headers, b"x", now=970).viewer == viewer
    for now in (1031, 969):
        with pytest.raises(NotFromRouter):
            verify_claims(SECRET, headers, b"x", now=now)


def test_claims_of_one_request_do_not_fit_another():
    one, two = (Viewer(USER, name, frozenset(), 0) for name in ("one", "two"))
    first, second = (sign_claims(SECRET, b"x", viewer, now=1000) for viewer in (one, two))
    mixed = {CLAIMS_HEADER: first[CLAIMS_HEADER], SIGNATURE_HEADER: second[SIGNATURE_HEADER]}
    with pytest.raises(NotFromRouter):
        verify_claims(SECRET, mixed, b"x", now=1000)
    with pytest.raises(NotFromRouter):
        verify_claims(b"t" * 32, first, b"x", now=1000)
    for missing in (CLAIMS_HEADER, SIGNATURE_HEADER):
        headers = {name: value for name, value in first.items() if name != missing}
        with pytest.raises(NotFromRouter):
            verify_claims(SECRET, headers, b"x", now=1000)


def test_the_signature_is_the_documented_one():
    """Whoever builds another router reads this."""
    viewer = Viewer(USER, SESSION, frozenset({"b", "a"}), 9)
    headers = sign_claims(SECRET, b"body", viewer, Client("::1", "curl"), now=1000)
    signed = f"1000.{headers[CLAIMS_HEADER]}.".encode() + hashlib.sha256(b"body").digest()
    expected = hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE_HEADER] == f"t=1000,v1={expected}"
    assert json.loads(base64.urlsafe_b64decode(headers[CLAIMS_HEADER])) == {
        "ip": "::1",
        "ua": "curl",
        "sub": USER,
        "sid": SESSION,
        "scopes": ["a", "b"],
        "exp": 9,
    }
    nobody = sign_claims(SECRET, b"body", None, now=1000)[CLAIMS_HEADER]
    assert json.loads(base64.urlsafe_b64decode(nobody)) == {"ip": None, "ua": None}
