"""What a viewer needs more than before: clients without it get null and an error."""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.check.changes import Change, Severity
from supergraph.model.alternatives import implies
from supergraph.model.supergraph import Access, Supergraph

KIND = "REQUIREMENT_ADDED"


def access_changes(old: Supergraph, new: Supergraph) -> Iterator[Change]:
    """Every type and field that some viewer could see and now cannot."""
    for name, after in new.types.items():
        before = old.types.get(name)
        if before is None or after.inaccessible:
            continue
        if not _still_allows(before.access, after.access):
            yield _change(name)
        for field_name, field in after.fields.items():
            known = before.fields.get(field_name)
            if known is not None and not _still_allows(known.access, field.access):
                yield _change(f"{name}.{field_name}")


def _change(coordinate: str) -> Change:
    text = f"{coordinate} now needs what a viewer who could see it may lack."
    return Change(KIND, Severity.BREAKING, (coordinate,), text)


def _still_allows(old: Access, new: Access) -> bool:
    """Whether whoever could see it still can."""
    is_known = old.authenticated or bool(old.scopes)
    return (
        (is_known or not new.authenticated)
        and implies(old.scopes, new.scopes)
        and implies(old.policies, new.policies)
    )
