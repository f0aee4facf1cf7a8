"""Figures as a table in Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.reading import Run

ORDER = (
    *("router", "timeline", "tweets", "social", "users"),
    *("postgres", "redis", "neo4j", "nats"),
)


def table(runs: Mapping[str, Sequence[Run]]) -> str:
    """One row per kind of answer: latencies in ms, CPU ms per answer of each process and in all."""
    head = ["", "answers", "broken", "p50", "p99", *ORDER, "all"]
    rows = [[name, *_figures(found)] for name, found in runs.items()]
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(_line(row) for row in [head, rule, *rows])


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which that share of all lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def say(text: str) -> None:
    """Print at once, also into a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _figures(runs: Sequence[Run]) -> list[str]:
    seconds = [second for run in runs for second in run.seconds]
    cpu = {name: sum(run.cpu.get(name, 0.0) for run in runs) for name in ORDER}
    per_answer = [total / len(seconds) for total in (*cpu.values(), sum(cpu.values()))]
    times = [f"{quantile(seconds, share) * 1000:.1f}" for share in (0.5, 0.99)]
    broken = str(sum(run.broken for run in runs))
    return [str(len(seconds)), broken, *times, *[f"{ms:.2f}" for ms in per_answer]]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
