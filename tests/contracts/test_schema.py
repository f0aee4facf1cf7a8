"""What stands in schema/ is what the code says, and everything in it fits together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import parse, validate

from supergraph.compose import SubgraphSource, compose
from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import build_query_graph

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "schema"
SUBGRAPHS = sorted((SCHEMA / "subgraphs").glob("*.graphql"))
OPERATIONS = sorted((SCHEMA / "operations").glob("*.graphql"))
SUPERGRAPH = (SCHEMA / "supergraph.graphql").read_text()


def printed_by_code(name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"subgraphs.{name}", "schema"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", SUBGRAPHS, ids=lambda path: path.stem)
def test_committed_subgraph_is_what_its_code_prints(path: Path):
    assert path.read_text() == printed_by_code(path.stem), "run `make schema`"


def test_committed_supergraph_is_what_composing_gives():
    sources = [SubgraphSource(p.stem, "", p.read_text()) for p in SUBGRAPHS]
    composition = compose(sources)
    assert composition.errors == ()
    assert composition.supergraph == SUPERGRAPH.rstrip("\n") or (
        composition.supergraph == SUPERGRAPH
    ), "run `make schema`"


def test_composing_our_subgraphs_gives_no_hint_of_a_mismatch():
    sources = [SubgraphSource(p.stem, "", p.read_text()) for p in SUBGRAPHS]
    assert [hint for hint in compose(sources).hints if "INCONSISTENT" in hint.code] == []


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_stored_operation_is_valid_and_planned(path: Path):
    supergraph = read_supergraph(SUPERGRAPH)
    document = parse(path.read_text())
    assert validate(api_schema(supergraph), document) == []
    made = plan(read_operation(document), build_query_graph(supergraph), supergraph)
    assert made.root is not None
