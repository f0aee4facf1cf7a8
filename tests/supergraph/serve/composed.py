"""Small supergraphs for the tests of this folder, composed of SDL by our own composer."""

from __future__ import annotations

from textwrap import dedent

from supergraph.compose import SubgraphSource, compose
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Supergraph

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", '
    '"@shareable", "@requires", "@external", "@authenticated", "@requiresScopes", "@policy", '
    '"@inaccessible"])\n'
)


# Nobody listens there; where requests do leave the process, tests put a real URL in its place.
NOWHERE = "http://127.0.0.1:1/nowhere"


def composed_sdl(**subgraphs: str) -> str:
    """The supergraph SDL of subgraphs by name."""
    sources = [SubgraphSource(name, NOWHERE, LINK + dedent(sdl)) for name, sdl in subgraphs.items()]
    composition = compose(sources)
    assert composition.supergraph is not None, composition.errors
    return composition.supergraph


def composed(**subgraphs: str) -> Supergraph:
    """The supergraph of subgraphs by name."""
    return read_supergraph(composed_sdl(**subgraphs))
