"""The router's commands: compose, plan, serve.

They exit with 0 on success, 1 on a finding, 2 on wrong use. Errors and hints are JSON lines on
stderr, the last of which says in `next` what to do.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLSchema

from chassis.settings import SettingsInvalid, load
from supergraph.compose import Composition, SubgraphSource, compose
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Supergraph, SupergraphInvalid
from supergraph.plan import plan
from supergraph.plan.errors import PlanError
from supergraph.query_graph.build import QueryGraph, UnsupportedFeature, build_query_graph
from supergraph.query_plan.nodes import QueryPlan
from supergraph.query_plan.printer import count_requests, depth, plan_to_json, print_plan
from supergraph.serve.access import PolicyUnsupported
from supergraph.serve.configuration import ConfigurationInvalid, read_configuration
from supergraph.serve.prepare import read_document
from supergraph.serve.process import Options, PortTaken, check, serve
from supergraph.serve.refusals import OperationRefused
from supergraph.settings import RouterSettings

OK, FINDING, WRONG_USE = 0, 1, 2
# The file may stand alone, or between a name and a URL: users=schema/users.graphql@http://….
_SOURCE = re.compile(r"(?:(?P<name>\w[\w-]*)=)?(?P<file>.+?)(?:@(?P<url>https?://.*))?")
_SDL_FILES = ("*.graphql", "*.graphqls")
_LOADED = 64
Json = dict[str, Any]


class WrongUse(Exception):
    """The command cannot be carried out as it was given."""


def main() -> int:
    """Carry out one command; returns the exit code."""
    arguments = _parser().parse_args()
    try:
        return arguments.command(arguments)
    except WrongUse as error:
        _tell({"code": "WRONG_USE", "message": str(error)}, {"next": "See --help."})
        return WRONG_USE
    except (BrokenPipeError, KeyboardInterrupt):
        return FINDING


def compose_command(arguments: argparse.Namespace) -> int:
    """Subgraph SDL files → supergraph SDL."""
    if arguments.batch:
        return _batch(_compose_line)
    sources = [source for each in arguments.sources for source in _sources(each)]
    if not sources:
        raise WrongUse("No subgraph is given: name SDL files, or a folder that has some.")
    composition = compose(sources)
    _tell(*_diagnostics(composition))
    if composition.supergraph is None:
        _tell({"next": "Mend the subgraphs; docs/errors.md explains each code."})
        return FINDING
    _write(composition.supergraph, arguments.output)
    file = arguments.output or "FILE"
    _tell({"next": f"Serve it: python -m supergraph serve --supergraph {file}"})
    return OK


def plan_command(arguments: argparse.Namespace) -> int:
    """Supergraph and operation → query plan."""
    if arguments.batch:
        return _batch(_plan_line)
    if arguments.supergraph is None:
        raise WrongUse("No supergraph is given: name its file by --supergraph.")
    sdl = _read(arguments.supergraph)
    text = _read(arguments.operation) if arguments.operation else sys.stdin.read()
    found = _plan(sdl, text, arguments.name)
    if isinstance(found, list):
        _tell(*found, {"next": "Mend the operation, or the supergraph that it was written for."})
        return FINDING
    as_json = arguments.format == "json"
    _write(json.dumps(plan_to_json(found), indent=2) if as_json else print_plan(found), None)
    return OK


def serve_command(arguments: argparse.Namespace) -> int:
    """Serve a supergraph until SIGTERM."""
    try:
        configuration = read_configuration(arguments.config)
        settings = load(RouterSettings)
        options = Options(
            sdl=_read(arguments.supergraph),
            configuration=configuration,
            traces=configuration.telemetry.traces or settings.traces,
            log_level=configuration.telemetry.log_level or settings.log_level,
        )
        check(options)
        serve(options, arguments.host, arguments.port, arguments.workers, _announce)
    except (SupergraphInvalid, UnsupportedFeature, PolicyUnsupported) as error:
        _tell(_entry(error), {"next": "Compose it anew: python -m supergraph compose"})
        return FINDING
    except (ConfigurationInvalid, SettingsInvalid, PortTaken) as error:
        _tell(_entry(error), {"next": "Mend what is named, then start again."})
        return WRONG_USE
    return OK


def _announce(url: str) -> None:
    _write(f"Serving at {url}/graphql; /ready says when. End it with Ctrl-C.", None)


def _sources(given: str) -> Iterable[SubgraphSource]:
    if Path(given).is_dir():
        files = sorted(file for kind in _SDL_FILES for file in Path(given).glob(kind))
        return [SubgraphSource(file.stem, "", _read(file)) for file in files]
    match = _SOURCE.fullmatch(given)
    if match is None:
        raise WrongUse(f"{given} is no file: write FILE, NAME=FILE or NAME=FILE@URL.")
    file = Path(match["file"])
    return [SubgraphSource(match["name"] or file.stem, match["url"] or "", _read(file))]


def _diagnostics(composition: Composition) -> Iterable[Json]:
    for error in composition.errors:
        yield {"code": error.code, "message": error.message, "nodes": list(error.nodes)}
    for hint in composition.hints:
        found = {"code": hint.code, "message": hint.message, "nodes": list(hint.nodes)}
        yield {**found, "severity": "hint"}


def _compose_line(line: Json) -> Json:
    sources = [SubgraphSource(s["name"], s.get("url") or "", s["sdl"]) for s in line["subgraphs"]]
    composition = compose(sources)
    told = list(_diagnostics(composition))
    if composition.supergraph is None:
        return {"errors": [entry for entry in told if "severity" not in entry]}
    return {"supergraph": composition.supergraph, "hints": told}


def _plan_line(line: Json) -> Json:
    found = _plan(line["supergraph"], line["operation"], line.get("name"))
    if isinstance(found, list):
        return {"errors": found}
    return {"plan": print_plan(found), "requests": count_requests(found), "depth": depth(found)}


def _plan(sdl: str, text: str, name: str | None) -> QueryPlan | list[Json]:
    try:
        supergraph, visible, graph = _loaded(sdl)
        return plan(read_document(text, name, visible), graph, supergraph)
    except OperationRefused as refused:
        return [{"code": refused.code, "message": e["message"]} for e in refused.errors()]
    except (SupergraphInvalid, UnsupportedFeature, PlanError, GraphQLError) as error:
        return [_entry(error)]


@lru_cache(_LOADED)
def _loaded(sdl: str) -> tuple[Supergraph, GraphQLSchema, QueryGraph]:
    supergraph = read_supergraph(sdl)
    return supergraph, api_schema(supergraph), build_query_graph(supergraph)


def _batch(answer: Callable[[Json], Json]) -> int:
    """One JSON line in, one JSON line out, whatever is in it; 0 when each was answered."""
    for text in sys.stdin:
        if text.strip():
            _write(json.dumps(_answered(text, answer)), None)
            sys.stdout.flush()
    return OK


def _answered(text: str, answer: Callable[[Json], Json]) -> Json:
    found: Any = None
    try:
        line = json.loads(text)
        found = line["id"]
        return {"id": found, **answer(line)}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        entry = {"code": "BATCH_LINE_INVALID", "message": f"{type(error).__name__}: {error}"}
    except Exception as error:  # noqa: BLE001 one bad line must not end the others
        entry = {"code": "INTERNAL_ERROR", "message": f"{type(error).__name__}: {error}"}
    return {"id": found, "errors": [entry]}


def _entry(error: Exception) -> Json:
    """`PlanTooComplex` → code `PLAN_TOO_COMPLEX`."""
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).upper()
    return {"code": code, "message": str(error)}


def _tell(*lines: Json) -> None:
    sys.stderr.writelines(json.dumps(line) + "\n" for line in lines)


def _read(file: str | Path) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} cannot be read: {error}") from error


def _write(text: str, file: str | None) -> None:
    if file is None:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()
        return
    try:
        # Beside it first: whoever reads the file finds the old or the new one, whole.
        beside = Path(f"{file}.new")
        beside.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise WrongUse(f"{file} cannot be written: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m supergraph", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    found = commands.add_parser("compose", help="make a supergraph of subgraphs")
    found.set_defaults(command=compose_command)
    found.add_argument("sources", nargs="*", metavar="DIR|FILE|NAME=FILE@URL")
    found.add_argument("-o", dest="output", metavar="FILE", help="instead of stdout")
    found.add_argument("--batch", action="store_true", help="JSON lines on stdin and stdout")

    found = commands.add_parser("plan", help="show the query plan of an operation")
    found.set_defaults(command=plan_command)
    found.add_argument("--supergraph", metavar="FILE")
    found.add_argument("--operation", metavar="FILE", help="instead of stdin")
    found.add_argument("--name", help="of the operation, where the document has several")
    found.add_argument("--format", choices=["text", "json"], default="text")
    found.add_argument("--batch", action="store_true", help="JSON lines on stdin and stdout")

    found = commands.add_parser("serve", help="serve a supergraph")
    found.set_defaults(command=serve_command)
    found.add_argument("--supergraph", metavar="FILE", required=True)
    found.add_argument("--config", metavar="router.yaml", type=Path)
    found.add_argument("--host", default="127.0.0.1")
    found.add_argument("--port", type=int, default=4000, help="0 takes a free one")
    found.add_argument("--workers", type=int, default=1, help="processes on one port")
    return parser


if __name__ == "__main__":
    sys.exit(main())
