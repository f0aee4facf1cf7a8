"""Nulls with a reason: how a subgraph's errors travel with the data.

A `Failure` stands in the data where a value should be. It is copied, moved and merged like any
value, so each place that takes the data takes the reason along; `shape` turns it into errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql.language import SelectionSetNode

from supergraph.execute.errors import Fault, Path
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.rewrites import step_into, step_into_list
from supergraph.execute.selections import Scope, selection_sets
from supergraph.query_plan.nodes import Rewrite


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a fetch selects of one object, under the keys that its data has after rewriting."""

    sets: tuple[SelectionSetNode, ...]
    scope: Scope
    rewrites: Sequence[Rewrite] = ()

    def fields(self, type_name: str | None) -> dict[str, Wanted]:
        """The keys wanted of an object of a type, each with what is wanted below it."""
        wanted: dict[str, Wanted] = {}
        for key, nodes in self.scope.collect(self.sets, type_name).items():
            new_key, below = step_into(self.rewrites, key, type_name, self.scope.conditions)
            sets = selection_sets(nodes)
            if (other := wanted.get(new_key)) is not None:
                sets, below = other.sets + sets, (*other.rewrites, *below)
            wanted[new_key] = Wanted(sets, self.scope, below)
        return wanted

    def at(self, path: Path) -> Wanted | None:
        """What is wanted at a path below, whatever the types on the way; `None`: nothing."""
        wanted: Wanted | None = self
        for part in path:
            if wanted is None:
                return None
            wanted = wanted.fields(None).get(part) if isinstance(part, str) else wanted.item()
        return wanted

    def item(self) -> Wanted:
        """What is wanted of each item, where the value is a list."""
        return replace(self, rewrites=step_into_list(self.rewrites))


@dataclass(frozen=True, slots=True)
class Cause:
    """A fault, and where it stands as seen from the null that it explains.

    Attributes:
        up: how many steps above the null; `None` means at the null, wherever that ends up.
        rest: the way down again from there, in response keys.
    """

    fault: Fault
    up: int | None = None
    rest: Path = ()

    def lowered(self, steps: int) -> Cause:
        """The same place, seen from a null that lies so many steps deeper."""
        return self if self.up is None else replace(self, up=self.up + steps)


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """Stands for a value that could not be had.

    Attributes:
        wanted: what was to be selected of the value; another fetch may bring the object after
            all, and then only these parts of it are missing.
    """

    causes: tuple[Cause, ...]
    wanted: Wanted


def fail_fields(
    target: Object, wanted: Wanted, causes: Sequence[Cause], type_name: str | None = None
) -> None:
    """Put a failure at every wanted key of an object that has no value there.

    Args:
        target: the object; changed in place.
        wanted: what the fetch that failed selects of it.
        causes: as seen from a key of `target`.
        type_name: the object's type, where it does not say so itself.
    """
    for key, below in wanted.fields(target.get("__typename", type_name)).items():
        if key != "__typename":
            fail_key(target, key, Failure(tuple(causes), below))


def fail_key(target: Object, key: str, failure: Failure) -> None:
    """Put a failure at one key, or at the parts that it wanted of the object that is there."""
    current = target.get(key)
    if current is None:
        target[key] = failure
    else:
        spread(failure, current)


def spread(failure: Failure, value: Any) -> None:
    """Mark in a value, had from elsewhere, the parts that a failure left out."""
    if is_object(value):
        fail_fields(value, failure.wanted, [cause.lowered(1) for cause in failure.causes])
    elif is_list(value):
        causes = tuple(cause.lowered(1) for cause in failure.causes)
        deeper = Failure(causes, failure.wanted.item())
        for item in value:
            spread(deeper, item)


def causes_for_dependent(failure: Failure, depth: int) -> tuple[Cause, ...]:
    """The causes, as seen from a field whose fetch could not be sent for want of this value.

    They stand at the field that needed the value. Only a request that failed as a whole stays at
    the place it was made for, if the client can see that place.

    Args:
        failure: met where an input was to be.
        depth: steps from the place of the dependent fetch down to the failure; 1 for its own key.
    """
    return tuple(_for_dependent(cause, depth) for cause in failure.causes)


def _for_dependent(cause: Cause, depth: int) -> Cause:
    if cause.up is None or cause.rest or cause.up < depth:
        return Cause(cause.fault)
    return replace(cause, up=cause.up - depth + 1)


@dataclass(frozen=True, slots=True)
class Told:
    """An error as a subgraph told it; `path` from the object that was fetched, or `None`."""

    fault: Fault
    path: Path | None


@dataclass(frozen=True, slots=True)
class Loose:
    """A fault that explains no null; it stands at a path all the same."""

    fault: Fault
    path: Path


def hang(
    data: Object | None, told: Iterable[Told], wanted: Wanted, type_name: str | None
) -> tuple[Object, list[Loose]]:
    """Hang errors onto the nulls that they explain.

    Args:
        data: what was fetched, rewritten; changed in place. `None` where all of it is null.
        told: errors with paths in `data` as it is after rewriting.
        wanted: what was selected.
        type_name: the type of the object that takes the data, where it is known.

    Returns:
        The object with failures in it, and the errors that stand at no null.
    """
    explained: dict[Path, list[Cause]] = {}
    loose: list[Loose] = []
    whole: list[Cause] = []
    for one in told:
        # A path that the fetch never asked for says nothing about where the error belongs.
        path = one.path if one.path is not None and wanted.at(one.path) is not None else None
        null_at = None if path is None else _null_on(data, path)
        if path is None or null_at == ():
            whole.append(Cause(one.fault, 1, path or ()))
        elif null_at is not None:
            cause = Cause(one.fault, 0, path[len(null_at) :])
            explained.setdefault(null_at, []).append(cause)
        if null_at is None:
            loose.append(Loose(one.fault, path or ()))
    result: Object = {} if data is None else data
    for null_at, causes in explained.items():
        _put(result, null_at, Failure(_innermost(causes), wanted.at(null_at) or wanted))
    if whole:
        fail_fields(result, wanted, whole, type_name)
    return result, loose


def _null_on(data: Any, path: Path) -> Path | None:
    """The first null on a path, or `None` where there is a value all the way."""
    current = data
    for index, part in enumerate(path):
        if current is None:
            return path[:index]
        current = _child(current, part)
    return path if current is None else None


def _child(value: Any, part: str | int) -> Any:
    if is_object(value) and isinstance(part, str):
        return value.get(part)
    if is_list(value) and isinstance(part, int) and 0 <= part < len(value):
        return value[part]
    return value  # a path that leads nowhere stands at the last value on it


def _innermost(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """Of several reasons for one null, those at it, or else the first of those below it."""
    return tuple(cause for cause in causes if not cause.rest) or tuple(causes[:1])


def _put(data: Object, path: Path, failure: Failure) -> None:
    container: Any = data
    for part in path[:-1]:
        container = container[part]
    container[path[-1]] = failure
