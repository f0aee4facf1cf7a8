"""What viewers need: reading it off directives, and comparing two needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from graphql.language import ListValueNode, StringValueNode, ValueNode

from supergraph.compose.schema import Applied, Element

ACCESS = ("authenticated", "requiresScopes", "policy")
# Alternatives, of which a viewer must fulfil one wholly.
Alternatives = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What must hold: all three parts.

    Attributes:
        scopes: alternatives; none means no need.
        policies: likewise.
    """

    authenticated: bool = False
    scopes: Alternatives = ()
    policies: Alternatives = ()

    def __and__(self, other: Need) -> Need:
        """Both needs."""
        return Need(
            self.authenticated or other.authenticated,
            both(self.scopes, other.scopes),
            both(self.policies, other.policies),
        )

    def implies(self, other: Need) -> bool:
        """Whether a viewer who fulfils this need fulfils the other too."""
        return (
            self.authenticated >= other.authenticated
            and _implies(self.scopes, other.scopes)
            and _implies(self.policies, other.policies)
        )

    def directives(self, names: Mapping[str, str]) -> tuple[Applied, ...]:
        """The need as applications, under the supergraph's names."""
        found: list[Applied] = []
        if self.authenticated:
            found.append(Applied(names["authenticated"]))
        if self.scopes:
            found.append(Applied(names["requiresScopes"], {"scopes": as_value(self.scopes)}))
        if self.policies:
            found.append(Applied(names["policy"], {"policies": as_value(self.policies)}))
        return tuple(found)


def need_of(element: Element, names: Mapping[str, str]) -> Need:
    """The need that an element's own directives say; `names` are those of the schema."""
    return all_of(need_of_applied(applied, names) for applied in element.directives)


def need_of_applied(applied: Applied, names: Mapping[str, str]) -> Need:
    """The need that one application says; of any other directive none."""
    if applied.name == names.get("authenticated"):
        return Need(authenticated=True)
    if applied.name == names.get("requiresScopes"):
        return Need(scopes=alternatives(applied.arguments["scopes"]))
    if applied.name == names.get("policy"):
        return Need(policies=alternatives(applied.arguments["policies"]))
    return Need()


def all_of(needs: Iterable[Need]) -> Need:
    """Every need at once."""
    whole = Need()
    for need in needs:
        whole &= need
    return whole


def both(one: Alternatives, other: Alternatives) -> Alternatives:
    """Alternatives that fulfil both: each of one joined with each of the other, the least kept."""
    if not one or not other:
        return one or other
    joined = list(dict.fromkeys(a | b for a, b in product(one, other)))
    least = [item for item in joined if not any(less < item for less in joined)]
    return tuple(sorted(least, key=sorted))


def _implies(have: Alternatives, need: Alternatives) -> bool:
    if not need:
        return True
    return bool(have) and all(any(item >= wanted for wanted in need) for item in have)


def alternatives(value: ValueNode) -> Alternatives:
    """Read `[["a", "b"], ["c"]]`; GraphQL takes a single value for a list of one."""
    return tuple(frozenset(_strings(inner)) for inner in _items(value))


def as_value(found: Alternatives) -> ListValueNode:
    """Write alternatives, the strings of each sorted."""
    return ListValueNode(
        values=tuple(
            ListValueNode(values=tuple(StringValueNode(value=text) for text in sorted(item)))
            for item in found
        )
    )


def _items(value: ValueNode) -> Sequence[ValueNode]:
    return value.values if isinstance(value, ListValueNode) else (value,)


def _strings(value: ValueNode) -> list[str]:
    return [item.value for item in _items(value) if isinstance(item, StringValueNode)]
