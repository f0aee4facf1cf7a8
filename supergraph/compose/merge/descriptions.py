"""One description out of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from supergraph.compose.merge.context import Merging
from supergraph.compose.schema import Element


def merge_description(parts: Sequence[Element], merging: Merging, where: str) -> str | None:
    """The most frequent description, of equally frequent ones the first."""
    found = [part.description for part in parts if part.description]
    if not found:
        return None
    if len(set(found)) > 1:
        text = f'"{where}" is described differently; the most frequent description is taken'
        merging.hint("INCONSISTENT_DESCRIPTION", text, where)
    return Counter(found).most_common(1)[0][0]
