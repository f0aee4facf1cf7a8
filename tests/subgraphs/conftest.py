"""Every event that a subgraph makes in a test is held to its schema in schema/events."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any, Final

import pytest

from chassis.envelope import Envelope
from tests.contracts.agreed import check

FAULTS: Final[list[str]] = []


@pytest.fixture(autouse=True)
def events_are_as_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    make = Envelope.new
    FAULTS.clear()

    def checked(*given: Any, **named: Any) -> Envelope:
        event = make(*given, **named)
        # What tests make themselves may be wrong on purpose.
        if sys._getframe(1).f_globals["__name__"].startswith("subgraphs."):
            try:
                check(event)
            except Exception as fault:  # noqa: BLE001 told below; here a resolver would hide it
                FAULTS.append(f"{event.type}: {fault}")
        return event

    monkeypatch.setattr(Envelope, "new", staticmethod(checked))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    yield
    assert FAULTS == []
