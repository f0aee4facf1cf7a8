"""What this service reads from the environment."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ServiceSettings, Url


class TimelineSettings(ServiceSettings):
    """Every service's settings, this one's database, and the Redis of the feeds."""

    database_url: Url = Field(
        description="Postgres: postgresql+asyncpg://mt_timeline:password@host:port/database"
    )
    redis_url: Url = Field(
        description="Redis without persistence: redis://:password@host:port/database"
    )
    feed_size: int = Field(800, ge=1, le=5_000, description="the most tweets kept of a feed")
    feed_log_size: int = Field(
        400, ge=1, le=10_000, description="how many changes of a feed can be resumed after"
    )
    feed_days: float = Field(
        7, gt=0, le=365, description="days without a read until a feed is dropped"
    )
