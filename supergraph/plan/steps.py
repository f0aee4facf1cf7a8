"""Steps of the fetch graph: the requests of a plan, before they become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from supergraph.federation.field_set import Selection
from supergraph.plan.asks import ALWAYS, Conditions
from supergraph.plan.keys import Place
from supergraph.plan.selected import Selected
from supergraph.query_graph.field_sets import union
from supergraph.query_graph.nodes import Node
from supergraph.query_plan.nodes import FlattenPath, Rewrite


@dataclass(frozen=True, slots=True)
class Input:
    """What the representations of objects of one type hold.

    Attributes:
        selections: in response keys of the data.
        rewrites: response keys back to field names, and the type that the subgraph knows.
        keys: `keys[path of an object, field name]`: the response key that the field is taken from.
    """

    selections: tuple[Selection, ...]
    rewrites: tuple[Rewrite, ...]
    keys: Mapping[tuple[tuple[str, ...], str], str]

    def joined(self, other: Input) -> Input | None:
        """Both inputs in one representation; `None` where one field would have two values."""
        if any(other.keys.get(field, key) != key for field, key in self.keys.items()):
            return None
        rewrites = tuple(dict.fromkeys((*self.rewrites, *other.rewrites)))
        selections = union(self.selections, other.selections)
        return Input(selections, rewrites, {**self.keys, **other.keys})


@dataclass(slots=True, eq=False)
class Step:
    """One request to one subgraph.

    Attributes:
        graph: id of the subgraph.
        place: of the objects that it is about; empty at the root.
        where: the flatten path of the place; empty at the root.
        inputs: by the type that the objects have in the data; empty at the root.
        entries: what is selected, by the type that the subgraph knows.
        parents: the steps whose data it needs.
        serves: steps that need this one only for their inputs.
        uses: conditions under which a leaf needs it, one for each such leaf.
        conditions: it is needed only where they all hold.
        output_rewrites: aliases back to the keys that the data has.
    """

    graph: str
    place: Place = ()
    where: FlattenPath = ()
    inputs: dict[str, Input] = field(default_factory=dict[str, Input])
    entries: dict[str, Selected] = field(default_factory=dict[str, Selected])
    parents: set[Step] = field(default_factory=set["Step"])
    serves: set[Step] = field(default_factory=set["Step"])
    uses: set[Conditions] = field(default_factory=set[Conditions])
    conditions: Conditions = ALWAYS
    output_rewrites: tuple[Rewrite, ...] = ()

    @property
    def is_root(self) -> bool:
        """Whether it asks root fields, not entities."""
        return not self.inputs

    def entry(self, node: Node) -> Selected:
        """What it selects of objects of one type."""
        return self.entries.setdefault(node.type_name, Selected(node))


def levels(steps: list[Step]) -> dict[Step, int]:
    """How many steps stand before each: 0 at the root."""
    found: dict[Step, int] = {}

    def level(step: Step) -> int:
        if step not in found:
            found[step] = 1 + max((level(parent) for parent in step.parents), default=-1)
        return found[step]

    for step in steps:
        level(step)
    return found
