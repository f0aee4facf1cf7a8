"""The benchmarks count every process of a server, and take no page that has a hole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cpu import MS_PER_TICK, cpu_ms
from benchmarks.questions import AnswerBroken, home_page, suggestions
from benchmarks.report import quantile

TWEET = {"text": "Hello", "author": {"username": "alice"}}
BURN = "sum(range(30_000_000))"
CHILD = f"subprocess.run([sys.executable, '-c', '{BURN}'])"
PARENT = f"import subprocess, sys; {CHILD}; print('done', flush=True); input()"


def page(tweets: list[dict[str, Any] | None], *, more: bool) -> dict[str, Any]:
    edges = [{"node": {"tweet": tweet}} for tweet in tweets]
    timeline = {"edges": edges, "pageInfo": {"hasNextPage": more}, "state": "READY"}
    return {"data": {"viewer": {"homeTimeline": timeline}}}


def test_a_whole_page_is_taken_also_the_last_one():
    assert home_page().read(page([TWEET] * 20, more=True)) == "READY"
    assert home_page().read(page([TWEET] * 3, more=False)) == "READY"


@pytest.mark.parametrize(
    "answer",
    [
        page([*[TWEET] * 19, None], more=True),
        page([TWEET] * 19, more=True),
        page([{"text": "Hello", "author": {"username": ""}}], more=False),
        {**page([TWEET] * 20, more=True), "errors": [{"message": "tweets is away"}]},
    ],
    ids=["null tweet", "short page", "no author", "error"],
)
def test_a_page_with_a_hole_is_refused(answer: dict[str, Any]):
    with pytest.raises(AnswerBroken):
        home_page().read(answer)


def test_a_suggestion_without_reasons_is_refused():
    edges = [{"node": {"user": {"username": "alice"}, "reasons": [{"total": 2}]}}]
    answer = {"data": {"viewer": {"suggestions": {"edges": edges}}}}
    assert suggestions().read(answer) == "1"
    edges[0]["node"]["reasons"] = []
    with pytest.raises(AnswerBroken):
        suggestions().read(answer)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_time_of_children_counts_for_their_parent_alive_and_ended():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        found = cpu_ms({"server": process.pid, "gone": 2**30})
        own = ticks_of(process.pid)
        process.communicate("\n")
    # Nearly all of it was spent by the child, which has ended.
    assert found["server"] > own
    assert found["gone"] == 0


def ticks_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return MS_PER_TICK * (int(fields[11]) + int(fields[12]))


def test_quantiles_are_values_that_were_measured():
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile(range(100), 0.99) == 99
    assert quantile([7], 0.99) == 7
