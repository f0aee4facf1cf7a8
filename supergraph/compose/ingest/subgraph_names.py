"""Names of subgraphs are distinct and not reserved.

Code: INVALID_SUBGRAPH_NAME.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError

RESERVED = frozenset({"_", ""})


def subgraph_names(names: Sequence[str]) -> Iterator[CompositionError]:
    """Judge the names of the subgraphs, before any is read."""
    for name in dict.fromkeys(names):
        if name in RESERVED:
            yield _invalid(name, f'"{name}" is reserved')
        elif names.count(name) > 1:
            yield _invalid(name, f'two subgraphs are called "{name}"')


def _invalid(name: str, message: str) -> CompositionError:
    return CompositionError("INVALID_SUBGRAPH_NAME", message, (f"[{name}]",))
