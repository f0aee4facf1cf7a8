"""The commands as processes: what they print, where, and how they exit."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supergraph.__main__ import main
from supergraph.compose import SubgraphSource, compose
from supergraph.model.read_sdl import read_supergraph

ROOT = Path(__file__).resolve().parents[2]
USERS = 'type Query { me: User } type User @key(fields: "id") { id: ID! name: String }'
POSTS = 'type Query { top: User } type User @key(fields: "id") { id: ID! posts: Int }'
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n'
POLICY = LINK.replace("v2.3", "v2.6").replace("@key", "@policy")


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "supergraph", *arguments],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass
class Call:
    """`main` called in this process, for the many cases of wrong use."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """`(exit code, stderr)`."""
        self.monkeypatch.setattr(sys, "argv", ["supergraph", *arguments])
        try:
            code = main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, self.capsys.readouterr().err


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    return Call(monkeypatch, capsys)


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "users.graphql").write_text(LINK + USERS)
    (tmp_path / "posts.graphql").write_text(LINK + POSTS)
    return tmp_path


@pytest.fixture
def supergraph(folder: Path) -> Path:
    sources = [SubgraphSource(path.stem, "", path.read_text()) for path in folder.glob("*")]
    file = folder / "supergraph.sdl"
    file.write_text(str(compose(sources).supergraph))
    return file


def test_compose_prints_the_supergraph_and_what_to_do_next(folder: Path):
    done = run("compose", str(folder))
    assert done.returncode == 0
    assert {g.name for g in read_supergraph(done.stdout).graphs.values()} == {"users", "posts"}
    assert json_lines(done.stderr)[-1].keys() == {"next"}


def test_compose_takes_names_and_urls(folder: Path):
    done = run("compose", f"people={folder}/users.graphql@http://user@host:1/graphql")
    (graph,) = read_supergraph(done.stdout).graphs.values()
    assert (graph.name, graph.url) == ("people", "http://user@host:1/graphql")
    named = run("compose", f"{folder}/users.graphql", f"x={folder}/posts.graphql").stdout
    assert {g.name for g in read_supergraph(named).graphs.values()} == {"users", "x"}


def test_compose_writes_a_file_whole_or_not_at_all(folder: Path):
    file = folder / "out" / "supergraph.graphql"
    done = run("compose", str(folder), "-o", str(file))
    assert done.returncode == 2
    file.parent.mkdir()
    done = run("compose", str(folder), "-o", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    before = file.read_text()
    (folder / "posts.graphql").write_text(LINK + "type Query { me: Int }")
    assert run("compose", str(folder), "-o", str(file)).returncode == 1
    assert file.read_text() == before
    assert [path.name for path in file.parent.iterdir()] == ["supergraph.graphql"]


def test_compose_tells_errors_as_json_lines(folder: Path):
    (folder / "posts.graphql").write_text(LINK + "type Query { me: Int }")
    done = run("compose", str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    *errors, last = json_lines(done.stderr)
    assert errors
    assert all(error.keys() >= {"code", "message", "nodes"} for error in errors)
    assert "next" in last


def test_compose_answers_each_line_of_a_batch():
    good = [{"name": "a", "url": "http://a", "sdl": "type Query { a: Int }"}]
    bad = [{"name": "a", "url": "http://a", "sdl": "type Query { a: Nothing }"}]
    lines = [
        json.dumps({"id": 1, "subgraphs": good}),
        json.dumps({"id": "two", "subgraphs": bad}),
        "{",
        json.dumps({"id": 4}),
        json.dumps([5]),
        json.dumps({"id": 6, "subgraphs": [{"name": "a"}]}),
        "",
    ]
    done = run("compose", "--batch", stdin="\n".join(lines))
    assert done.returncode == 0
    first, second, *others = json_lines(done.stdout)
    assert first.keys() == {"id", "supergraph", "hints"}
    assert (second["id"], second["errors"][0].keys() >= {"code", "message"}) == ("two", True)
    assert [other["id"] for other in others] == [None, 4, None, 6]
    assert {other["errors"][0]["code"] for other in others} == {"BATCH_LINE_INVALID"}


def test_plan_prints_apollos_text_form(supergraph: Path):
    done = run("plan", "--supergraph", str(supergraph), stdin="{ top { name posts } }")
    assert done.returncode == 0
    assert done.stdout.startswith("QueryPlan {")
    assert done.stdout.count("Fetch(") == 2


def test_plan_reads_a_file_and_prints_json(supergraph: Path, tmp_path: Path):
    file = tmp_path / "operation.graphql"
    file.write_text("query A { me { id } } query B { top { id } }")
    place = ["--supergraph", str(supergraph), "--operation", str(file)]
    done = run("plan", *place, "--name", "B", "--format", "json")
    assert json.loads(done.stdout)["kind"] == "QueryPlan"
    done = run("plan", *place)
    assert done.returncode == 1
    assert json_lines(done.stderr)[0]["code"] == "OPERATION_RESOLUTION_FAILURE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { me { id } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_plan_refuses_what_is_not_valid(call: Call, supergraph: Path, text: str, code: str):
    file = supergraph.parent / "operation.graphql"
    file.write_text(text)
    status, told = call("plan", "--supergraph", str(supergraph), "--operation", str(file))
    assert (status, json_lines(told)[0]["code"]) == (1, code)


def test_plan_prints_a_subscription_as_text_and_as_json():
    case = ROOT / "tests/supergraph/plan/cases/subscription_with_rest"
    operation = (case / "operation.graphql").read_text()
    place = ["--supergraph", str(case / "supergraph.graphql")]
    done = run("plan", *place, stdin=operation)
    assert (done.returncode, done.stdout) == (0, (case / "plan.txt").read_text())
    node = json.loads(run("plan", *place, "--format", "json", stdin=operation).stdout)["node"]
    assert node["kind"] == "Subscription"
    assert node["primary"]["operationKind"] == "subscription"
    assert [each["kind"] for each in node["rest"]["nodes"]] == ["Flatten", "Flatten"]


def test_plan_counts_a_subscriptions_requests_and_refuses_two_of_its_fields():
    case = ROOT / "tests/supergraph/plan/cases/subscription_with_rest"
    sdl = (case / "supergraph.graphql").read_text()
    operations = [
        (case / "operation.graphql").read_text(),
        "subscription { ticks threadReplies(rootId: 1) { id } }",
    ]
    lines = [json.dumps({"id": 1, "supergraph": sdl, "operation": each}) for each in operations]
    one, two = json_lines(run("plan", "--batch", stdin="\n".join(lines)).stdout)
    assert (one["requests"], one["depth"]) == (3, 3)
    assert two["errors"][0]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_plan_answers_each_line_of_a_batch(supergraph: Path):
    sdl = supergraph.read_text()
    asked = [
        {"id": 1, "supergraph": sdl, "operation": "{ top { name posts } }"},
        {"id": 2, "supergraph": sdl, "operation": "{ nothing }"},
        {"id": 3, "supergraph": "type Query { a: Int }", "operation": "{ a }"},
        {"id": 4, "supergraph": sdl},
        {"id": 5, "supergraph": sdl, "operation": "{ __typename }"},
    ]
    done = run("plan", "--batch", stdin="\n".join(map(json.dumps, asked)))
    assert done.returncode == 0
    one, two, three, four, five = json_lines(done.stdout)
    assert (one["id"], one["requests"], one["depth"]) == (1, 2, 2)
    assert one["plan"].startswith("QueryPlan {")
    assert two["errors"][0]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert three["errors"][0]["code"] == "SUPERGRAPH_INVALID"
    assert four["errors"][0]["code"] == "BATCH_LINE_INVALID"
    assert (five["requests"], five["depth"]) == (0, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["compose"],
        ["compose", "/nowhere/at-all.graphql"],
        ["compose", "--unknown"],
        ["plan"],
        ["plan", "--supergraph", "/nowhere"],
        ["plan", "--format", "code"],
        ["serve"],
        ["serve", "--supergraph", "/nowhere"],
        ["serve", "--supergraph", "x", "--port", "http"],
    ],
)
def test_wrong_use_exits_with_2(call: Call, arguments: list[str]):
    status, told = call(*arguments)
    assert status == 2
    assert told


def test_wrong_use_is_told_without_a_traceback():
    done = run("serve", "--supergraph", "/nowhere")
    assert done.returncode == 2
    assert json_lines(done.stderr)[0]["code"] == "WRONG_USE"


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ("limits: { tokenz: 1 }", "limits.tokenz: no such key"),
        ("sharing: { client: on }", "sharing.client: not in force yet"),
        ("subgraphs: { nobody: {} }", "subgraphs.nobody: the supergraph has no subgraph"),
        ("subgraphs: {}", "subgraphs.users.urls: needed"),
        ("auth: { router_secret_env: NOT_SET_ANYWHERE }", "NOT_SET_ANYWHERE must hold 32"),
        ("playground: nowhere", "has no index.html"),
    ],
)
def test_serve_refuses_a_configuration_by_its_keys(
    call: Call, supergraph: Path, tmp_path: Path, configuration: str, told: str
):
    urls = "subgraphs: { users: { urls: [http://u] }, posts: { urls: [http://p] } }\n"
    file = tmp_path / "router.yaml"
    file.write_text(configuration if "subgraphs" in configuration else urls + configuration)
    status, lines = call("serve", "--supergraph", str(supergraph), "--config", str(file))
    assert status == 2
    error, last = json_lines(lines)
    assert told in error["message"]
    assert last.keys() == {"next"}


def test_serve_refuses_what_it_cannot_enforce(call: Call, tmp_path: Path):
    file, sdl = tmp_path / "supergraph.graphql", tmp_path / "a.graphql"
    sdl.write_text(POLICY + 'type Query { a: Int @policy(policies: [["p"]]) }')
    assert call("compose", f"a={sdl}@http://a", "-o", str(file))[0] == 0
    status, told = call("serve", "--supergraph", str(file))
    assert (status, json_lines(told)[0]["code"]) == (2, "CONFIGURATION_INVALID")
    assert "auth.policies" in json_lines(told)[0]["message"]
    file.write_text("not a supergraph")
    status, told = call("serve", "--supergraph", str(file))
    assert (status, json_lines(told)[0]["code"]) == (1, "SUPERGRAPH_INVALID")


def test_check_tells_what_breaks_and_which_operations_it_hits(tmp_path: Path, call: Call) -> None:
    old, new, same = (tmp_path / name for name in ("old", "new", "operations"))
    old.write_text(supergraph_of(USERS))
    new.write_text(supergraph_of(USERS.replace("name: String", "name: Int")))
    same.mkdir()
    (same / "me.graphql").write_text("{ me { name } }")
    done = run("check", str(old), str(new), "--operations", str(same))
    (line,) = json_lines(done.stdout)
    assert (line["code"], line["operations"]) == ("FIELD_CHANGED_KIND", ["me"])
    assert done.returncode == 1
    assert json_lines(done.stderr)[-1]["next"]
    code, told = call("check", str(old), str(old), "--operations", str(same))
    assert (code, json_lines(told)) == (0, [{"next": "Nothing breaks."}])


def test_check_of_what_is_no_supergraph(tmp_path: Path, call: Call) -> None:
    file = tmp_path / "plain.graphql"
    file.write_text(USERS)
    code, told = call("check", str(file), str(file))
    assert (code, json_lines(told)[0]["code"]) == (1, "SUPERGRAPH_INVALID")
    code, told = call("check", str(file), str(file), "--operations", str(file))
    assert (code, json_lines(told)[0]["code"]) == (2, "WRONG_USE")


def supergraph_of(sdl: str) -> str:
    composition = compose([SubgraphSource("users", "", LINK + sdl)])
    assert composition.supergraph is not None
    return composition.supergraph
