"""What the use cases work with, for the life of the service."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.bus import Bus
from chassis.postgres import Database
from subgraphs.timeline.service.bells import Bells
from subgraphs.timeline.service.building import Builder
from subgraphs.timeline.service.standing import Standing
from subgraphs.timeline.store.feeds import Feeds


@dataclass(frozen=True)
class Resources:
    """The stores, the bus, and what is shared between requests.

    Attributes:
        database: the projection.
        feeds: in Redis.
        bus: rings and listens.
        standing: how far projection and feeds can be trusted.
        builder: makes feeds, one per person at a time.
        bells: whose feeds are listened to in this process.
    """

    database: Database
    feeds: Feeds
    bus: Bus
    standing: Standing
    builder: Builder
    bells: Bells
