"""Normalise an operation: fragments inlined, siblings merged, what is never included left out."""

from __future__ import annotations

from supergraph.model.operation import Operation
from supergraph.plan.asks import Ask
from supergraph.plan.budget import Budget
from supergraph.plan.normalize.collect_fields import Collector
from supergraph.plan.normalize.type_conditions import TypeConditions


def normalize(operation: Operation, types: TypeConditions, budget: Budget) -> tuple[Ask, ...]:
    """The root fields of the operation as asks; introspection and root `__typename` left out.

    Source:
        CollectFields of the GraphQL specification (§6.3.2), for every level at once.
    """
    root = types.supergraph.schema.get_root_type(operation.kind)
    if root is None:
        return ()
    collector = Collector(operation.fragments, types, budget)
    asks = collector.collect([operation.definition.selection_set], root.name, above=())
    return tuple(ask for ask in asks if not ask.name.startswith("__"))
