"""`compose`: subgraph SDL files → supergraph SDL."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from supergraph.commands.batch import answer_lines
from supergraph.commands.terminal import FINDING, OK, Json, WrongUse, read_file, tell, write_out
from supergraph.compose import Composition, SubgraphSource, compose

# The file may stand alone, or between a name and a URL: users=schema/users.graphql@http://….
_SOURCE = re.compile(r"(?:(?P<name>\w[\w-]*)=)?(?P<file>.+?)(?:@(?P<url>https?://.*))?")
_SDL_FILES = ("*.graphql", "*.graphqls")


def compose_command(arguments: argparse.Namespace) -> int:
    """Subgraph SDL files → supergraph SDL."""
    if arguments.batch:
        return answer_lines(_compose_line)
    sources = [source for each in arguments.sources for source in _sources(each)]
    if not sources:
        raise WrongUse("No subgraph is given: name SDL files, or a folder that has some.")
    composition = compose(sources)
    tell(*_diagnostics(composition))
    if composition.supergraph is None:
        tell({"next": "Mend the subgraphs; docs/errors.md explains each code."})
        return FINDING
    write_out(composition.supergraph, arguments.output)
    file = arguments.output or "FILE"
    tell({"next": f"Serve it: python -m supergraph serve --supergraph {file}"})
    return OK


def _sources(given: str) -> Iterable[SubgraphSource]:
    if Path(given).is_dir():
        files = sorted(file for kind in _SDL_FILES for file in Path(given).glob(kind))
        return [SubgraphSource(file.stem, "", read_file(file)) for file in files]
    match = _SOURCE.fullmatch(given)
    if match is None:
        raise WrongUse(f"{given} is no file: write FILE, NAME=FILE or NAME=FILE@URL.")
    file = Path(match["file"])
    return [SubgraphSource(match["name"] or file.stem, match["url"] or "", read_file(file))]


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
