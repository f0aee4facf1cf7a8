"""`serve`: answer requests over a supergraph until SIGTERM."""

from __future__ import annotations

import argparse

from chassis.settings import SettingsInvalid, load
from supergraph.commands.terminal import (
    FINDING,
    OK,
    WRONG_USE,
    entry_of,
    read_file,
    tell,
    write_out,
)
from supergraph.model.supergraph import SupergraphInvalid
from supergraph.serve.configuration import ConfigurationInvalid, read_configuration
from supergraph.serve.process import Options, PortTaken, check, serve
from supergraph.settings import RouterSettings


def serve_command(arguments: argparse.Namespace) -> int:
    """Serve a supergraph until SIGTERM."""
    try:
        configuration = read_configuration(arguments.config)
        settings = load(RouterSettings)
        options = Options(
            sdl=read_file(arguments.supergraph),
            configuration=configuration,
            traces=configuration.telemetry.traces or settings.traces,
            log_level=configuration.telemetry.log_level or settings.log_level,
        )
        check(options)
        serve(options, arguments.host, arguments.port, arguments.workers, _announce)
    except SupergraphInvalid as error:
        tell(entry_of(error), {"next": "Compose it anew: python -m supergraph compose"})
        return FINDING
    except (ConfigurationInvalid, SettingsInvalid, PortTaken) as error:
        tell(entry_of(error), {"next": "Mend what is named, then start again."})
        return WRONG_USE
    return OK


def _announce(url: str) -> None:
    write_out(f"Serving at {url}/graphql; /ready says when. End it with Ctrl-C.")
