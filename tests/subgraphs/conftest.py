"""Every event that a subgraph makes in a test is held to its schema in schema/events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chassis.envelope import Envelope
from tests.contracts.agreed import check


@pytest.fixture(autouse=True)
def events_are_as_agreed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    make, faults = Envelope.new, list[str]()

    def checked(*given: Any, **named: Any) -> Envelope:
        event = make(*given, **named)
        # What tests make themselves may be wrong on purpose.
        if sys._getframe(1).f_globals["__name__"].startswith("subgraphs."):
            try:
                check(event)
            except Exception as fault:  # noqa: BLE001 told below; here a resolver would hide it
                faults.append(f"{event.type}: {fault}")
        return event

    monkeypatch.setattr(Envelope, "new", staticmethod(checked))
    yield
    assert faults == []
