"""The commands of a service: what they are given, and how they end."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from chassis.commands import Commands
from chassis.settings import SettingsInvalid


class Away(Exception):
    """The store is away.

    More that is for programmers.
    """


def commands_that(error: Exception | None) -> tuple[Commands, list[Path]]:
    """Commands of which `take` notes its file and then raises `error`."""
    taken: list[Path] = []

    def take(options: argparse.Namespace) -> None:
        taken.append(options.file)
        if error is not None:
            raise error

    commands = Commands("shelves", "What shelves can do.", (Away,))
    commands.add_on_file("take", "take a file", take)
    commands.add("rest", "do nothing", lambda _: None)
    return commands, taken


def test_a_command_is_given_its_file():
    commands, taken = commands_that(None)
    assert commands.main(["take", "a.jsonl"]) == 0
    assert taken == [Path("a.jsonl")]
    assert commands.main(["rest"]) == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Away(), "The store is away.\n"),
        (Away("Postgres is away."), "Postgres is away.\n"),
        (FileNotFoundError(2, "No such file", "a.jsonl"), "[Errno 2] No such file: 'a.jsonl'\n"),
        (SettingsInvalid(["MT_PORT is missing"]), "Configuration is not usable:\n  MT_PORT"),
    ],
)
def test_what_the_world_lacks_is_said_without_a_traceback(
    error: Exception, line: str, capsys: pytest.CaptureFixture[str]
):
    commands, _ = commands_that(error)
    assert commands.main(["take", "a.jsonl"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(line)
    assert "Traceback" not in said.err


def test_a_fault_of_ours_is_not_hidden():
    commands, _ = commands_that(KeyError("shelf"))
    with pytest.raises(KeyError):
        commands.main(["take", "a.jsonl"])


@pytest.mark.parametrize("wrong", [[], ["take"], ["give"], ["rest", "a.jsonl"]])
def test_wrong_use_ends_with_2_and_says_what_is_right(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
):
    commands, taken = commands_that(None)
    with pytest.raises(SystemExit) as ended:
        commands.main(wrong)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m shelves")
    assert taken == []
