"""Real keys, real tokens and a real issuer that serves its keys over HTTP on a free port."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.identity import TokenSigner
from supergraph.serve.configuration import AuthSection, Configuration

ISSUER, AUDIENCE = "https://issuer.test", "everyone"
USER, SESSION = "019a0000-0000-7000-8000-000000000001", "session-1"
SECRET_NAME, SECRET = "MT_ROUTER_SECRET", "0123456789abcdef0123456789abcdef"


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class Issuer:
    """Signs tokens and counts how often its keys are asked for."""

    key: Ed25519PrivateKey = field(default_factory=new_key)
    url: str = ""
    fetches: int = 0
    status: int = 200

    def signer(self, *, issuer: str = ISSUER, audience: str = AUDIENCE) -> TokenSigner:
        return TokenSigner(pem(self.key), issuer=issuer, audience=audience)

    def token(self, *scopes: str, now: float | None = None) -> str:
        return self.signer().sign(USER, SESSION, scopes, now)

    def configuration(self) -> Configuration:
        return Configuration(
            auth=AuthSection(
                jwks_url=self.url,
                issuer=ISSUER,
                audience=AUDIENCE,
                router_secret_env=SECRET_NAME,
            )
        )

    async def answer(self, _: web.Request) -> web.Response:
        self.fetches += 1
        return web.json_response(self.signer().jwks(), status=self.status)


@asynccontextmanager
async def issuing() -> AsyncGenerator[Issuer]:
    issuer = Issuer()
    app = web.Application()
    app.router.add_get("/keys", issuer.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
        yield issuer
    finally:
        await runner.cleanup()
