"""What viewers need: reading it off directives, and comparing two needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphql.language import ListValueNode, StringValueNode, ValueNode

from supergraph.compose.schema import Applied, Element
from supergraph.model.alternatives import Alternatives, both, implies

ACCESS = ("authenticated", "requiresScopes", "policy")


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
            and implies(self.scopes, other.scopes)
            and implies(self.policies, other.policies)
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
