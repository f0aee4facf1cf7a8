"""One type out of several subgraphs' types of the same field or argument.

Codes: FIELD_TYPE_MISMATCH, FIELD_ARGUMENT_TYPE_MISMATCH.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from supergraph.compose.merge.context import Merging


def widest(types: Sequence[str], merging: Merging) -> str | None:
    """The one of `types` that all of them are subtypes of: what a client can be promised."""
    distinct = dict.fromkeys(types)
    return next(
        (wide for wide in distinct if all(merging.is_subtype(other, wide) for other in distinct)),
        None,
    )


def narrowest(types: Sequence[str], merging: Merging) -> str | None:
    """The one of `types` that is a subtype of all: what every subgraph accepts."""
    distinct = dict.fromkeys(types)
    return next(
        (slim for slim in distinct if all(merging.is_subtype(slim, other) for other in distinct)),
        None,
    )


def listed(types: Iterable[str]) -> str:
    """Types for a message."""
    return ", ".join(f'"{text}"' for text in dict.fromkeys(types))
