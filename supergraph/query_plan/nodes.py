"""Nodes of a query plan: Fetch, BatchFetch, Flatten, Sequence, Parallel, Condition, Subscription.

`plan` makes them, `printer` shows them, `execute` runs them. The tree is how people read a plan;
the executor starts each fetch as soon as the fetches in its `after` are done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from supergraph.federation.field_set import FieldSet

OperationKind = Literal["query", "mutation", "subscription"]

FlattenPath = tuple[str, ...]
"""Where entities stand in the data: response keys, `@` for each item of a list, `|A|B` after a
key or an `@` keeps only objects whose `__typename` is A or B; lists of lists have `@`, `@`."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A change to data on its way into or out of a subgraph.

    Attributes:
        path: from the representation (input) or the fetched object (output) downwards, in
            response keys, `@` for list items and `... on T` for type conditions.
        set_value: the value to write there, for example another `__typename`; or
        rename_to: the response key to move it to, for example after an alias.
    """

    path: tuple[str, ...]
    set_value: str | None = None
    rename_to: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph.

    Attributes:
        id: unique in its plan; smaller ids never wait for larger ones.
        subgraph: the subgraph's name.
        kind: query, except at the root of mutations and subscriptions.
        operation: the whole operation text to send, ready for the wire.
        operation_name: the name in that text, if any.
        variables: names of the client's variables that the text uses; without
            `representations`, which an entity fetch adds.
        requires: what each representation holds: inline fragments of `__typename`, key and
            required fields. `None` for a fetch at the root; else the fetch stands in a
            `Flatten` and asks `_entities(representations: $representations)`.
        after: ids of the fetches whose data it needs; for mutations also those it must follow.
        input_rewrites: applied to each representation before it is sent.
        output_rewrites: applied to each fetched object before it is merged.
    """

    id: int
    subgraph: str
    kind: OperationKind
    operation: str
    operation_name: str | None = None
    variables: tuple[str, ...] = ()
    requires: FieldSet | None = None
    after: tuple[int, ...] = ()
    input_rewrites: tuple[Rewrite, ...] = ()
    output_rewrites: tuple[Rewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityBatch:
    """One `_entities` field of a batched request.

    Attributes:
        alias: response key in the request, `_e0`, `_e1`, …
        variable: the variable that carries its representations, without `$`.
        paths: every place that takes the answers; equal representations are sent once.
        requires: as in `Fetch`.
    """

    alias: str
    variable: str
    paths: tuple[FlattenPath, ...]
    requires: FieldSet
    input_rewrites: tuple[Rewrite, ...] = ()
    output_rewrites: tuple[Rewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchFetch:
    """Several entity look-ups of one subgraph in one request (Hive's word for it).

    An alias whose paths lead to no entity is sent with an empty list of representations.
    """

    id: int
    subgraph: str
    operation: str
    entities: tuple[EntityBatch, ...]
    variables: tuple[str, ...] = ()
    operation_name: str | None = None
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Flatten:
    """Run an entity fetch for every object found at `path`."""

    path: FlattenPath
    node: Fetch


@dataclass(frozen=True, slots=True)
class Sequence:
    """Its nodes one after the other."""

    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Its nodes at the same time."""

    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Run one branch by the value of a Boolean variable of the client."""

    variable: str
    if_true: PlanNode | None = None
    if_false: PlanNode | None = None


PlanNode = Fetch | BatchFetch | Flatten | Sequence | Parallel | Condition


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a subscription asks once, and what it asks again for each answer of the stream.

    Attributes:
        primary: opens the stream; each of its frames is an answer to this fetch.
        rest: what the other subgraphs add to each frame; its fetches name `primary` in their
            `after` like any other.
    """

    primary: Fetch
    rest: PlanNode | None = None


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A whole plan.

    Attributes:
        root: `None` where no subgraph needs to be asked (introspection, `__typename`); a
            `Subscription` for subscriptions and for nothing else.
    """

    kind: OperationKind
    root: PlanNode | Subscription | None
