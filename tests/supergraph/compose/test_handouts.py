"""Real schemas: the audit's, and the social network's own, against Apollo's composer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from supergraph.compose import SubgraphSource, compose
from tests.oracles.node import oracle
from tests.shared import shared
from tests.supergraph.compose.normalised import differences
from tests.supergraph.compose.written import folder

OWN = Path(__file__).resolve().parents[3] / "schema" / "subgraphs"


def _suites() -> list[str]:
    return sorted(path.name for path in shared("audit", "suites").iterdir())


def test_every_audit_suite() -> None:
    problems: list[str] = []
    for suite in _suites():
        path = shared("audit", "suites", suite)
        base = f"http://127.0.0.1:4200/{suite}"
        sources = [
            SubgraphSource(s.name, f"{base}/{s.name}", s.sdl) for s in folder(path / "subgraphs")
        ]
        answer = compose(sources)
        found = [f"{error.code}: {error.message}" for error in answer.errors]
        if answer.supergraph:
            found = differences(answer.supergraph, (path / "supergraph.graphql").read_text())
        problems += [f"{suite}: {line}" for line in found]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("where", ["sketch", "own"])
def test_social_network_equals_apollo(where: str) -> None:
    sources = folder(shared("schema") if where == "sketch" else OWN)
    if not sources:
        pytest.skip(f"needs {OWN.relative_to(OWN.parents[1])}: run `make schema`")
    ours = compose(sources)
    assert ours.supergraph, ours.errors
    assert not differences(ours.supergraph, _apollo(sources)["supergraph"])


def _apollo(sources: list[SubgraphSource]) -> Any:
    asked = [{"name": s.name, "url": s.url, "sdl": s.sdl} for s in sources]
    return oracle("compose.mjs").ask(composer="apollo", subgraphs=asked)
