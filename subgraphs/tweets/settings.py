"""What this service reads from the environment."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ServiceSettings, Url


class TweetsSettings(ServiceSettings):
    """Every service's settings and this one's database."""

    database_url: Url = Field(
        description="Postgres: postgresql+asyncpg://mt_tweets:password@host:port/database"
    )
