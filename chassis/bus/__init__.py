"""Events over NATS JetStream, at least once; questions and live messages over core NATS.

Errors:

    BusUnavailable     NATS is away, has no stream, or nobody answers
    SubjectInvalid     a part of a subject would change where it leads
"""

from __future__ import annotations

from chassis.bus.bus import Bus
from chassis.bus.consumer import ConsumerOptions, Handler, Subscription
from chassis.bus.follow import Following
from chassis.bus.live import Listening
from chassis.bus.subjects import BusUnavailable, SubjectInvalid, subject

__all__ = [
    "Bus",
    "BusUnavailable",
    "ConsumerOptions",
    "Following",
    "Handler",
    "Listening",
    "SubjectInvalid",
    "Subscription",
    "subject",
]
