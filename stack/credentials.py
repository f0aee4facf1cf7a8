"""Every password and key of this installation: made once, kept in `.stack/secrets.json`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stack import nats
from stack.errors import SecretsInvalid

SERVICES = nats.SERVICES


def new_password() -> str:
    """192 random bits in characters that need no quoting in a URL or a file."""
    return secrets.token_hex(24)


def new_token_key() -> str:
    """A new Ed25519 private key in PEM (PKCS 8)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _complete(found: dict[str, str]) -> dict[str, str]:
    # A service that came after the file was made gets its password now.
    return {name: new_password() for name in SERVICES} | found


def _complete_nats(found: dict[str, str]) -> dict[str, str]:
    return {name: new_password() for name in nats.USERS} | found


PerService = Annotated[
    dict[str, str], AfterValidator(_complete), Field(default={}, validate_default=True)
]
PerNatsUser = Annotated[
    dict[str, str], AfterValidator(_complete_nats), Field(default={}, validate_default=True)
]
Password = Annotated[str, Field(default_factory=new_password, min_length=8)]


class Credentials(BaseModel):
    """The passwords and keys.

    Attributes:
        postgres_admin: of the superuser.
        postgres: of each service's role.
        nats: of each user.
        router_secret: key of the claims header that router and subgraphs share.
        cursor_secrets: key of each service's page cursors.
        token_key: Ed25519 private key of access tokens, PEM.
        demo_password: of the demo login.
        crier_password: of the account that posts in the demo world.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    postgres_admin: Password
    postgres: PerService
    redis: Password
    nats: PerNatsUser
    neo4j: Password
    router_secret: Password
    cursor_secrets: PerService
    token_key: str = Field(default_factory=new_token_key)
    crier_password: Password
    demo_password: str = Field(default_factory=lambda: secrets.token_urlsafe(9), min_length=8)


def load_credentials(path: Path) -> Credentials:
    """Read the file at `path`, or make it; what it lacks is added.

    Raises:
        SecretsInvalid: it is not what was written.
    """
    try:
        written = path.read_text() if path.exists() else "{}"
        credentials = Credentials.model_validate_json(written)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise SecretsInvalid(path=path, reason=f"{where} {fault['msg']}".strip()) from None
    text = credentials.model_dump_json(indent=1)
    if text != written:
        write_private(path, text)
    return credentials


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:  # noqa: PTH123 -- a descriptor, not a path
        file.write(text)
    partial.rename(path)
