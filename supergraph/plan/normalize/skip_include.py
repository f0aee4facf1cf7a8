"""@skip and @include: decided at once where they can be, kept as conditions where not."""

from __future__ import annotations

from collections.abc import Iterable

from graphql.language import BooleanValueNode, DirectiveNode, VariableNode

from supergraph.plan.asks import Conditions


def conditions_of(
    directives: Iterable[DirectiveNode] | None, above: Conditions
) -> Conditions | None:
    """The conditions that hold above joined with those of a selection.

    Returns:
        `None` where the selection is never included: by a literal, or since two of its
        conditions contradict each other.
    """
    found = above
    for directive in directives or ():
        if directive.name.value not in {"skip", "include"}:
            continue
        wanted = directive.name.value == "include"
        value = next((a.value for a in directive.arguments or () if a.name.value == "if"), None)
        if isinstance(value, BooleanValueNode):
            if value.value != wanted:
                return None
        elif isinstance(value, VariableNode):
            if (value.name.value, not wanted) in found:
                return None
            found |= {(value.name.value, wanted)}
    return found
