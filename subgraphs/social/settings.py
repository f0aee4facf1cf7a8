"""What this service reads from the environment."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ProcessSettings, ServiceSettings, Url

_NEO4J = Field(description="Neo4j: bolt://user:password@host:port")


class StoreSettings(ProcessSettings):
    """What the commands need that serve nobody."""

    neo4j_url: Url = _NEO4J


class SocialSettings(ServiceSettings):
    """Every service's settings and this one's graph."""

    neo4j_url: Url = _NEO4J
