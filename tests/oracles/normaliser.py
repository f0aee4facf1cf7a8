"""The hand-outs' canonical form of a supergraph, for comparing two composers' output."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from graphql import parse
from graphql.language import DirectiveDefinitionNode, DirectiveNode, DocumentNode, Visitor, visit

from tests.shared import shared


@cache
def normaliser() -> Callable[[str], set[str]]:
    """`normalise(sdl)` of `composition/supergraph_norm.py`: one line for each thing it says."""
    path = shared("composition", "supergraph_norm.py")
    spec = importlib.util.spec_from_file_location("supergraph_norm", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["parse"] = _parse
    return module.normalise


def _parse(sdl: str, *, no_location: bool = False) -> DocumentNode:
    # It expects an empty list where graphql-core 3.3 has none at all.
    return visit(parse(sdl, no_location=no_location), _EmptyArguments())


class _EmptyArguments(Visitor):
    def leave_directive(self, node: DirectiveNode, *_: object) -> DirectiveNode | None:
        return replace(node, arguments=()) if node.arguments is None else None

    def leave_directive_definition(
        self, node: DirectiveDefinitionNode, *_: object
    ) -> DirectiveDefinitionNode | None:
        return replace(node, arguments=()) if node.arguments is None else None
