"""One entry of the table of codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of the table.

    Attributes:
        sentence: what is wrong, for the author of a subgraph.
        example: subgraphs separated by `---`; federation's @link is left out unless it matters.
    """

    sentence: str
    example: str
