"""Every code of a composition error: what it means, and the least that has it."""

from __future__ import annotations

from collections.abc import Mapping

from supergraph.compose.codes.code import Code
from supergraph.compose.codes.subgraph import SUBGRAPH_CODES
from supergraph.compose.codes.supergraph import SUPERGRAPH_CODES

__all__ = ["CODES", "Code"]

CODES: Mapping[str, Code] = {**SUBGRAPH_CODES, **SUPERGRAPH_CODES}
