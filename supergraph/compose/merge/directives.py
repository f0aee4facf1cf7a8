"""Merge the applications of directives that the supergraph carries.

Code: MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL stands in `fields.py`; here each directive has its
own way to become one from several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from graphql import print_ast
from graphql.language import (
    BooleanValueNode,
    IntValueNode,
    ListValueNode,
    ValueNode,
)

from supergraph.compose.access import alternatives, as_value
from supergraph.compose.merge.context import Merging, Way
from supergraph.compose.merge.features import Features
from supergraph.compose.schema import Applied, Element, canonical_own
from supergraph.model.alternatives import Alternatives, both


def merge_directives(parts: Sequence[Element], merging: Merging, where: str) -> tuple[Applied, ...]:
    """The applications that the merged element has, under the supergraph's names.

    Args:
        parts: the element in each subgraph that counts, at least one.
        merging: gives the names of directives and takes hints.
        where: its coordinate, for hints.
    """
    merged: list[Applied] = []
    for name, way in merging.ways.items():
        applied = [directive for part in parts for directive in part.applied(name)]
        if not applied:
            continue
        found = list(way(applied))
        if way is most_used and len({str(directive) for directive in applied}) > 1:
            _hint(name, merging, where)
        printed_name = merging.features.names.get(name, name.removeprefix("@"))
        merged += [Applied(printed_name, directive.arguments) for directive in found]
    return tuple(merged)


def ways_of(features: Features) -> Mapping[str, Way]:
    """How applications become one, by the directive's canonical name."""
    composed = [one.definition for one in features.composed_directives()]
    return WAYS | {
        canonical_own(definition.name): distinct if definition.is_repeatable else most_used
        for definition in composed
    }


def _hint(name: str, merging: Merging, where: str) -> None:
    text = f'"@{name.removeprefix("@")}" differs on "{where}"; the most frequent arguments count'
    merging.hint("INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", text, where)


def distinct(applied: Sequence[Applied]) -> Iterable[Applied]:
    """Each different application once: for repeatable directives and those without arguments."""
    return {str(directive): directive for directive in applied}.values()


def most_used(applied: Sequence[Applied]) -> Iterable[Applied]:
    """The most frequent application, of equally frequent ones the first."""
    by_text = {str(directive): directive for directive in reversed(applied)}
    frequent, _ = Counter(str(directive) for directive in applied).most_common(1)[0]
    return (by_text[frequent],)


def greatest_weight(applied: Sequence[Applied]) -> Iterable[Applied]:
    """@cost: the dearest subgraph counts."""
    return (max(applied, key=lambda directive: _int(directive.arguments["weight"])),)


def widest_list(applied: Sequence[Applied]) -> Iterable[Applied]:
    """@listSize: the longest list, and every argument and field that any subgraph names."""
    if len({str(directive) for directive in applied}) == 1:
        return (applied[0],)
    arguments: dict[str, ValueNode] = {}
    sizes = [d.arguments["assumedSize"] for d in applied if "assumedSize" in d.arguments]
    if sizes:
        arguments["assumedSize"] = max(sizes, key=_int)
    for name in ("slicingArguments", "sizedFields"):
        lists = [d.arguments[name] for d in applied if name in d.arguments]
        if lists:
            arguments[name] = _union(lists)
    flags = [d.flag("requireOneSlicingArgument", default=True) for d in applied]
    arguments["requireOneSlicingArgument"] = BooleanValueNode(value=all(flags))
    return (Applied("listSize", arguments),)


def every_scope(applied: Sequence[Applied]) -> Iterable[Applied]:
    """@requiresScopes: what every subgraph asks must hold."""
    return (Applied("requiresScopes", {"scopes": _all_of(applied, "scopes")}),)


def every_policy(applied: Sequence[Applied]) -> Iterable[Applied]:
    """@policy: what every subgraph asks must hold."""
    return (Applied("policy", {"policies": _all_of(applied, "policies")}),)


WAYS: dict[str, Way] = {
    "deprecated": most_used,
    "specifiedBy": most_used,
    "tag": distinct,
    "inaccessible": distinct,
    "authenticated": distinct,
    "requiresScopes": every_scope,
    "policy": every_policy,
    "cost": greatest_weight,
    "listSize": widest_list,
}


def _all_of(applied: Sequence[Applied], argument: str) -> ListValueNode:
    """The conjunction of alternatives."""
    first = applied[0].arguments[argument]
    if len({str(directive) for directive in applied}) == 1 and isinstance(first, ListValueNode):
        return first
    whole: Alternatives = ()
    for directive in applied:
        whole = both(whole, alternatives(directive.arguments[argument]))
    return as_value(whole)


def _items(value: ValueNode) -> tuple[ValueNode, ...]:
    """GraphQL takes a single value for a list of one."""
    return tuple(value.values) if isinstance(value, ListValueNode) else (value,)


def _union(lists: Sequence[ValueNode]) -> ListValueNode:
    items = {print_ast(item): item for value in lists for item in _items(value)}
    return ListValueNode(values=tuple(items.values()))


def _int(value: ValueNode) -> int:
    return int(value.value) if isinstance(value, IntValueNode) else 0
