"""The directives applied to one node of the supergraph SDL, by the feature they belong to."""

from __future__ import annotations

from typing import Any

from graphql import value_from_ast_untyped
from graphql.language import ConstDirectiveNode, Node

from supergraph.federation.field_set import FieldSet, FieldSetInvalid, parse_field_set
from supergraph.model.features import Features
from supergraph.model.supergraph import Access, SupergraphInvalid


class Applications:
    """The directive applications on one definition."""

    def __init__(self, node: Node, features: Features) -> None:
        self._features = features
        self._directives: list[ConstDirectiveNode] = list(getattr(node, "directives", None) or ())

    def of(self, feature: str, name: str | None = None) -> list[dict[str, Any]]:
        """Arguments by name of each application of a feature's directive, in the order written."""
        wanted = self._features.directive(feature, name)
        return [
            {a.name.value: value_from_ast_untyped(a.value) for a in directive.arguments or ()}
            for directive in self._directives
            if directive.name.value == wanted
        ]

    @property
    def inaccessible(self) -> bool:
        """Whether clients may not see it."""
        return bool(self.of("inaccessible"))

    @property
    def access(self) -> Access:
        """What a viewer needs to see it; repeated applications all have to hold."""
        return Access(
            authenticated=bool(self.of("authenticated")),
            scopes=_alternatives(self.of("requiresScopes"), "scopes"),
            policies=_alternatives(self.of("policy"), "policies"),
        )

    @staticmethod
    def field_set(text: object, what: str) -> FieldSet | None:
        """Parse a field set argument; `None` stays `None`.

        Raises:
            SupergraphInvalid: it is no field set.
        """
        if text is None:
            return None
        try:
            return parse_field_set(str(text))
        except FieldSetInvalid as error:
            raise SupergraphInvalid(f"{what} is no field set: {error}") from error


def _alternatives(applications: list[dict[str, Any]], argument: str) -> tuple[frozenset[str], ...]:
    """Join the requirements of several applications by AND: (a or b) and c = (a, c) or (b, c)."""
    found: list[frozenset[str]] = []
    for application in applications:
        options = [frozenset(map(str, option)) for option in application[argument]]
        found = [one | option for one in found for option in options] if found else options
    return tuple(dict.fromkeys(found))
