"""The commands of a service: what they are called, and how they end."""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from chassis import telemetry
from chassis.server import ServiceApp, run
from chassis.settings import ServiceSettings, SettingsInvalid, load

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


class Commands:
    """The command line of a service; all its commands end alike.

    Args:
        module: what Python is to run: `subgraphs.users`.
        description: what the commands are.
        refused: errors that say what the world outside lacks, by their message or else by the
            first line of their docstring. So do settings and files that cannot be used.
    """

    def __init__(
        self, module: str, description: str | None, refused: tuple[type[Exception], ...]
    ) -> None:
        self._refused = (SettingsInvalid, OSError, *refused)
        self._parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
        self._commands = self._parser.add_subparsers(dest="command", required=True)

    def add(
        self, name: str, purpose: str, work: Callable[[argparse.Namespace], None]
    ) -> argparse.ArgumentParser:
        """Add a command that takes what is added to the parser that is given back."""
        parser = self._commands.add_parser(name, help=purpose)
        parser.set_defaults(work=work)
        return parser

    def add_on_file(
        self, name: str, purpose: str, work: Callable[[argparse.Namespace], None]
    ) -> None:
        """Add a command that takes a path, as `file`."""
        self.add(name, purpose, work).add_argument("file", type=Path, metavar="FILE")

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run one command.

        Args:
            arguments: of the command line; the process's own when not given.

        Returns:
            0 on success, 1 when the world outside is not as needed (one line says what).

        Raises:
            SystemExit: wrong use (2), or `--help` (0).
        """
        options = self._parser.parse_args(arguments)
        try:
            options.work(options)
        except self._refused as error:
            print(_said(error), file=sys.stderr)  # noqa: T201 -- the command's answer
            return 1
        return 0


def serve(
    name: str, settings_type: type[SettingsT], create_app: Callable[[SettingsT], ServiceApp]
) -> None:
    """Serve until SIGTERM, by the settings of the environment.

    Raises:
        SettingsInvalid: names all that is missing.
    """
    settings = load(settings_type)
    telemetry.configure(name, traces=settings.traces, log_level=settings.log_level)
    run(create_app(settings), host=settings.host, port=settings.port)


def _said(error: Exception) -> str:
    return str(error) or (inspect.getdoc(type(error)) or "").partition("\n")[0]
