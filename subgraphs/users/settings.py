"""What this service reads from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import PREFIX, ServiceSettings, Url


class StoreSettings(BaseSettings):
    """What `migrate`, `load` and `export` need."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    database_url: Url = Field(
        description="Postgres: postgresql+asyncpg://mt_users:password@host:port/database"
    )


class UsersSettings(ServiceSettings):
    """What `serve` needs: every service's settings, the database, the tokens and the hash pool."""

    database_url: Url = Field(
        description="Postgres: postgresql+asyncpg://mt_users:password@host:port/database"
    )
    token_key_file: Path = Field(description="file with the Ed25519 private key (PEM) of tokens")
    token_issuer: str = Field(min_length=1, description="`iss` of access tokens")
    token_audience: str = Field(min_length=1, description="`aud` of access tokens")
    token_seconds: int = Field(600, ge=1, le=3600, description="how long an access token holds")
    refresh_days: int = Field(30, ge=1, le=365, description="how long an unused session lasts")
    refresh_grace_seconds: float = Field(
        10, ge=0, le=10, description="how long two refreshes of one client may race"
    )
    hash_threads: int = Field(2, ge=1, le=64, description="threads that hash passwords")
    hash_queue: int = Field(128, ge=1, description="logins that may wait for one of them")
