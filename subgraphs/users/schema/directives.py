"""Federation's directives, without the arguments that nobody gave."""

from __future__ import annotations

from strawberry.federation.schema_directives import ListSize
from strawberry.types.unset import UNSET


def list_size(assumed: int) -> ListSize:
    """`@listSize(assumedSize:)`: how long this list is reckoned when nothing says so."""
    return ListSize(
        assumed_size=assumed,
        slicing_arguments=UNSET,
        sized_fields=UNSET,
        require_one_slicing_argument=UNSET,
    )
