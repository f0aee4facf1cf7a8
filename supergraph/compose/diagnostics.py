"""What composition can answer besides a supergraph: one table of codes, errors and hints.

`docs/errors.md` is printed from `CODES`; every code has a folder of cases in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supergraph.compose.codes import CODES


@dataclass(frozen=True, slots=True)
class CompositionError:
    """Why the subgraphs do not compose.

    Attributes:
        code: a key of `CODES`.
        message: one sentence for the author of the subgraph.
        nodes: where, for example `[tweets] Tweet.author`; without a subgraph where it is merged.
    """

    code: str
    message: str
    nodes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a code that the table does not explain."""
        if self.code not in CODES:
            raise KeyError(self.code)


@dataclass(frozen=True, slots=True)
class Hint:
    """A remark that does not fail composition, in the same shape as an error."""

    code: str
    message: str
    nodes: tuple[str, ...] = ()


Diagnostic = CompositionError | Hint


def problem(code: str, subgraph: str, coordinate: str, message: str) -> CompositionError:
    """An error in one subgraph at a coordinate such as `Tweet.author`."""
    return CompositionError(code, f"[{subgraph}] {message}", (f"[{subgraph}] {coordinate}",))


def errors_of(diagnostics: Iterable[Diagnostic]) -> tuple[CompositionError, ...]:
    """The errors among diagnostics, in order, each once."""
    return tuple(dict.fromkeys(d for d in diagnostics if isinstance(d, CompositionError)))


def hints_of(diagnostics: Iterable[Diagnostic]) -> tuple[Hint, ...]:
    """The hints among diagnostics, in order, each once."""
    return tuple(dict.fromkeys(d for d in diagnostics if isinstance(d, Hint)))


class NotComposable(Exception):
    """The subgraphs do not compose."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        found = tuple(diagnostics)
        super().__init__(found)
        self.errors = errors_of(found)
        self.hints = hints_of(found)


def refuse(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Go on only where there are no errors, and keep what is left.

    Raises:
        NotComposable: with all of the diagnostics, where one of them is an error.
    """
    found = tuple(diagnostics)
    if errors_of(found):
        raise NotComposable(found)
    return found


def print_codes() -> str:
    """The table as the Markdown of `docs/errors.md`."""
    lines = [
        "# Errors of composition",
        "",
        "What each code means, and the least that has it. Federation's @link is left out; `---`",
        "stands between subgraphs. Printed from `supergraph/compose/codes/`.",
    ]
    for code in sorted(CODES):
        found = CODES[code]
        lines += ["", f"## {code}", "", found.sentence, "", "```graphql", found.example, "```"]
    return "\n".join(lines) + "\n"
