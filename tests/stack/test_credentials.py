from __future__ import annotations

import json
import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from stack.credentials import load_credentials
from stack.errors import SecretsInvalid


def test_secrets_are_made_once_and_only_we_can_read_them(tmp_path: Path):
    path = tmp_path / ".stack" / "secrets.json"
    made = load_credentials(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_credentials(path) == made
    assert load_credentials(tmp_path / "other" / "secrets.json") != made


def test_every_service_has_secrets_of_its_own_that_are_long_enough(tmp_path: Path):
    made = load_credentials(tmp_path / "secrets.json")
    assert len(made.router_secret) >= 32
    every = [*made.postgres.values(), *made.nats.values(), *made.cursor_secrets.values()]
    every += [made.postgres_admin, made.redis, made.neo4j, made.router_secret]
    assert len(set(every)) == len(every)
    key = load_pem_private_key(made.token_key.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    assert jwt.encode({"sub": "x"}, key, "EdDSA")


def test_a_service_that_came_later_gets_its_password_and_the_others_keep_theirs(tmp_path: Path):
    path = tmp_path / "secrets.json"
    old = json.loads(load_credentials(path).model_dump_json())
    del old["postgres"]["tweets"], old["nats"]["tweets"], old["demo_password"]
    path.write_text(json.dumps(old))
    new = load_credentials(path)
    assert new.postgres["users"] == old["postgres"]["users"]
    assert new.router_secret == old["router_secret"]
    assert new.postgres["tweets"]
    assert new.nats["tweets"]
    assert load_credentials(path) == new


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "Invalid JSON"), ('{"redis": "x"}', "redis"), ('{"rediss": "long enough"}', "rediss")],
)
def test_a_broken_file_is_told_in_one_line_and_left_alone(tmp_path: Path, text: str, reason: str):
    path = tmp_path / "secrets.json"
    path.write_text(text)
    with pytest.raises(SecretsInvalid, match=reason) as caught:
        load_credentials(path)
    assert "\n" not in str(caught.value)
    assert "make clean" in str(caught.value)
    assert path.read_text() == text
