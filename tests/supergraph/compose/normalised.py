"""The hand-outs' canonical form of a supergraph, and what it leaves out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache

from graphql import DocumentNode, parse
from graphql.language import Node

from tests.shared import shared


@cache
def _load() -> Callable[[str], set[str]]:
    path = shared("composition", "supergraph_norm.py")
    spec = importlib.util.spec_from_file_location("supergraph_norm", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["parse"] = _parse
    return module.normalise


def _parse(text: str, **options: bool) -> DocumentNode:
    """graphql-core 3.3 has `None` where a node has no arguments; the script expects a list."""
    document = parse(text, **options)
    _fill(document)
    return document


def _fill(node: Node) -> None:
    for key in node.keys:
        value = getattr(node, key)
        if value is None and key in {"arguments", "directives"}:
            object.__setattr__(node, key, ())
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                _fill(child)


def differences(ours: str, theirs: str) -> list[str]:
    """One line for each difference; none where the two mean the same."""
    normalise = _load()
    left, right = normalise(ours), normalise(theirs)
    only_ours = [f"ours:   {line}" for line in sorted(left - right)]
    return only_ours + [f"theirs: {line}" for line in sorted(right - left)]
