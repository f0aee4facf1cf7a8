"""The errors of one answer: each fault once per path, and none below a null that bubbled up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from supergraph.execute.errors import ClientError, Fault, Path
from supergraph.execute.failures import Loose
from supergraph.execute.json_values import Object, is_list, is_object

Entry = tuple[Fault, Path]


class ErrorLog:
    """Collects errors in the order in which the walk over the answer meets them."""

    def __init__(self) -> None:
        self._entries: dict[Entry, None] = {}

    def add(self, fault: Fault, path: Path) -> Entry:
        """Note a fault at a path of the client's answer."""
        entry = (fault, path)
        self._entries.setdefault(entry)
        return entry

    def mark(self) -> int:
        """Where the log stands now, for `drop_below`."""
        return len(self._entries)

    def drop_below(self, path: Path, mark: int, keep: Sequence[Entry]) -> None:
        """Forget what came after `mark` at or below a path that became null, but for its cause."""
        later = list(self._entries)[mark:]
        for entry in later:
            if entry[1][: len(path)] == path and entry not in keep:
                del self._entries[entry]

    def add_loose(self, loose: Iterable[Loose], data: Object | None) -> None:
        """Note errors that explain no null.

        One below a null is left out. One at a place that the client did not ask for stands at
        the nearest place above that it did, unless the same fault is told elsewhere already.
        """
        told = {fault for fault, _ in self._entries}
        for one in loose:
            seen, below_null = _visible(one.path, data)
            if not below_null and (seen == one.path or one.fault not in told):
                self.add(one.fault, seen)

    def errors(self) -> tuple[ClientError, ...]:
        """All that was noted."""
        return tuple(fault.at(path) for fault, path in self._entries)


def _visible(path: Path, data: Any) -> tuple[Path, bool]:
    """How far a path leads in the client's data, and whether a null ends it early."""
    value = data
    for depth, part in enumerate(path):
        if is_object(value) and part in value:
            value = value[str(part)]
        elif is_list(value) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return path[:depth], value is None
    return path, False
