from __future__ import annotations

import asyncio
import inspect
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import structlog

from chassis import telemetry
from chassis.telemetry import attach, extract, inject, span, traced

TRACE = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"


@pytest.fixture(autouse=True)
def leave_nothing_configured() -> Iterator[None]:
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    yield
    telemetry.configure_traces("none")
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.fixture
def spans(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    path = tmp_path / "deep" / "spans.jsonl"
    telemetry.configure("test", traces=f"file:{path}")
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


@traced
def double(number: int) -> int:
    """Twice as much."""
    return number * 2


@traced
async def outer(number: int) -> int:
    return await Inner().add_one(double(number))


class Inner:
    @traced
    async def add_one(self, number: int) -> int:
        return number + 1


@traced
async def fail() -> None:
    raise ValueError("broken")


async def test_calls_give_nested_spans_that_say_where_the_code_stands(
    spans: Callable[[], list[dict[str, Any]]],
):
    assert await outer(2) == 5
    inner_sync, inner_async, top = spans()
    assert [one["name"] for one in spans()] == ["double", "Inner.add_one", "outer"]
    assert inner_sync["parent_id"] == inner_async["parent_id"] == top["span_id"]
    assert top["parent_id"] is None
    assert {one["trace_id"] for one in spans()} == {top["trace_id"]}
    assert top["service"] == "test"
    assert top["start"] <= inner_sync["start"] <= inner_sync["end"] <= top["end"]
    places = [one["attributes"]["code.file.path"] for one in spans()]
    assert places == ["tests/chassis/test_telemetry.py"] * 3
    assert inner_async["attributes"]["code.function.name"].endswith("Inner.add_one")


async def test_an_exception_ends_a_span_as_an_error(spans: Callable[[], list[dict[str, Any]]]):
    with pytest.raises(ValueError, match="broken"):
        await fail()
    (only,) = spans()
    assert only["status"] == "ERROR"


async def test_side_by_side_calls_do_not_mix(spans: Callable[[], list[dict[str, Any]]]):
    await asyncio.gather(*(outer(n) for n in range(10)))
    tops = {one["trace_id"] for one in spans() if one["name"] == "outer"}
    assert len(tops) == 10
    for trace in tops:
        assert sum(one["trace_id"] == trace for one in spans()) == 3


async def test_traced_leaves_a_function_what_it_is():
    assert double.__name__ == "double"
    assert double.__doc__ == "Twice as much."
    assert inspect.iscoroutinefunction(outer)
    assert not inspect.iscoroutinefunction(double)
    assert (double(4), await outer(1)) == (8, 3)


@pytest.mark.parametrize("on", [True, False])
def test_a_trace_goes_in_and_out_whether_or_not_spans_are_kept(on: bool, tmp_path: Path):
    telemetry.configure("test", traces=f"file:{tmp_path / 'spans'}" if on else "off")
    with attach(TRACE):
        assert inject()["traceparent"].split("-")[1] == "1" * 32
        with span("inside"):
            assert inject()["traceparent"].split("-")[1] == "1" * 32
    with span("beside", parent=extract({"traceparent": TRACE})):
        assert inject()["traceparent"].split("-")[1] == "1" * 32
    assert inject() == {}


@pytest.mark.parametrize(
    "broken", [None, "", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"]
)
def test_no_trace_begins_a_new_one(broken: str | None):
    with attach(TRACE), attach(broken):
        assert inject() == {}


def test_logs_are_json_lines_with_the_trace(capfd: pytest.CaptureFixture[str]):
    telemetry.configure("test", log_level="info")
    with attach(TRACE):
        structlog.get_logger("ours").info("hello", number=1, path=Path("/x"))
        structlog.get_logger("ours").debug("not shown")
    logging.getLogger("theirs").warning("watch %s", "out")
    try:
        int("inner")
    except ValueError:
        structlog.get_logger("ours").exception("failed\nbadly")
    hello, theirs, failed = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert hello["event"] == "hello"
    assert hello["service"] == theirs["service"] == "test"
    assert (hello["trace_id"], hello["span_id"]) == ("1" * 32, "2" * 16)
    assert (hello["number"], hello["level"]) == (1, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == (
        "watch out",
        "theirs",
        "warning",
    )
    assert failed["exception"][0]["exc_value"].endswith("'inner'")


def test_configuring_again_replaces_and_does_not_double(capfd: pytest.CaptureFixture[str]):
    telemetry.configure("first")
    telemetry.configure("second")
    logging.getLogger("theirs").warning("once")
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["service"] == "second"


def test_processes_append_whole_lines_to_one_file(tmp_path: Path):
    path = tmp_path / "spans.jsonl"
    program = (
        "import sys; from chassis import telemetry\n"
        "telemetry.configure(sys.argv[1], traces='file:' + sys.argv[2])\n"
        "for n in range(500):\n"
        "    with telemetry.span('work', {'filler': 'x' * 3000}): pass\n"
    )
    root = Path(__file__).resolve().parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", program, name, str(path)], cwd=root)
        for name in ("one", "two")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    read = [json.loads(line)["service"] for line in path.read_text().splitlines()]
    assert sorted(read) == ["one"] * 500 + ["two"] * 500


class Collector(BaseHTTPRequestHandler):
    """Takes spans as Zipkin does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(body)))  # pyright: ignore[reportAttributeAccessIssue]
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


def test_spans_reach_zipkin():
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.received = []  # pyright: ignore[reportAttributeAccessIssue]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        telemetry.configure("test", traces=f"zipkin:http://127.0.0.1:{server.server_port}")
        double(1)
        # Ends the batch.
        telemetry.configure_traces("test")
        ((path, (sent,)),) = server.received  # pyright: ignore[reportAttributeAccessIssue]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert path == "/api/v2/spans"
    assert sent["name"] == "double"
    assert sent["localEndpoint"]["serviceName"] == "test"
