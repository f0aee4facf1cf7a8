from __future__ import annotations

import pytest

from chassis.settings import ServiceSettings, SettingsInvalid, load

SECRET = "s" * 32
GOOD = {
    "MT_PORT": "4001",
    "MT_NATS_URL": "nats://users:secret-of-nats@127.0.0.1:4222",
    "MT_ROUTER_SECRET": SECRET,
    "MT_CURSOR_SECRET": SECRET,
}


class WithDatabase(ServiceSettings):
    database_url: str


def test_reads_what_it_is_given_and_keeps_defaults_for_the_rest():
    settings = load(WithDatabase, GOOD | {"MT_DATABASE_URL": "postgresql+asyncpg://x", "PATH": "/"})
    assert (settings.host, settings.port, settings.traces) == ("127.0.0.1", 4001, "off")
    assert settings.database_url == "postgresql+asyncpg://x"
    assert settings.router_secret == SECRET


def test_reads_the_process_environment_when_none_is_given(monkeypatch: pytest.MonkeyPatch):
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert load(ServiceSettings).port == 4001


def test_a_given_environment_is_the_only_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MT_PORT", "1")
    with pytest.raises(SettingsInvalid) as caught:
        load(ServiceSettings, {name: GOOD[name] for name in GOOD if name != "MT_PORT"})
    assert len(caught.value.faults) == 1


def test_names_every_fault_at_once_with_its_purpose_and_without_values():
    given = {"MT_PORT": "many", "MT_ROUTER_SECRET": "too short", "MT_TRACES": "jaeger:x"}
    with pytest.raises(SettingsInvalid) as caught:
        load(ServiceSettings, given)
    message = str(caught.value)
    for name in ("MT_PORT", "MT_NATS_URL", "MT_ROUTER_SECRET", "MT_CURSOR_SECRET", "MT_TRACES"):
        assert sum(fault.startswith(name + " ") for fault in caught.value.faults) == 1, name
    assert "MT_NATS_URL is missing (where events go" in message
    assert "too short" not in message.replace("String should", "")
    assert "jaeger" not in message


def test_no_secret_shows_in_a_log_line():
    shown = repr(load(ServiceSettings, GOOD))
    assert SECRET not in shown
    assert "secret-of-nats" not in shown
    assert "4001" in shown
