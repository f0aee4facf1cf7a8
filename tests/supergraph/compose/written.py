"""Subgraphs as tests write them."""

from __future__ import annotations

from pathlib import Path

from supergraph.compose import Composition, SubgraphSource, compose

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: [
  "@key", "@shareable", "@external", "@provides", "@requires", "@override", "@inaccessible", "@tag",
  "@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize", "@interfaceObject",
  "@composeDirective"
])
"""


def subgraph(name: str, sdl: str) -> SubgraphSource:
    """A subgraph that links federation 2 unless it links something itself."""
    text = sdl.strip()
    linked = text if "specs.apollo.dev" in text else f"{LINK}{text}"
    return SubgraphSource(name, f"http://{name}", linked)


def subgraphs(*sdl: str) -> list[SubgraphSource]:
    """Subgraphs called a, b, c and so on."""
    return [subgraph(name, text) for name, text in zip("abcdefgh", sdl, strict=False)]


def composed(*sdl: str) -> Composition:
    """What composing them gives."""
    return compose(subgraphs(*sdl))


def folder(path: Path) -> list[SubgraphSource]:
    """Subgraph files of a folder; a file's name is its subgraph's."""
    return [
        SubgraphSource(file.stem, f"http://{file.stem}", file.read_text())
        for file in sorted(path.glob("*.graphql"))
    ]
