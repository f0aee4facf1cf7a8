"""The Dockerfile's own steps give images that hold one service and start it."""

from __future__ import annotations

import json
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from stack.ports import free_port
from tests.deploy.dockerfile import ROOT, Builder, Image, clean_context, read_stages

SERVICES = ("users", "tweets", "social", "timeline", "installer", "router")


def build(service: str, folder: Path) -> Image:
    return Builder(service, clean_context(folder / "context"), folder / "image").build()


def run(image: Image, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start the image's process with other arguments than its CMD's, and wait for its end."""
    return subprocess.run(
        command(image, *arguments),
        cwd=image.path("."),
        env=image.environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def command(image: Image, *arguments: str) -> list[str]:
    program, *rest = image.entry[0]
    assert program == "python"
    return [str(image.path("/opt/venv/bin/python")), *rest, *arguments]


@pytest.mark.parametrize("service", ["users"])
def test_an_image_holds_its_service_alone_and_starts_it(service: str, tmp_path: Path):
    check_subgraph(service, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("service", ["tweets", "social", "timeline"])
def test_every_subgraph_s_image(service: str, tmp_path: Path):
    check_subgraph(service, tmp_path)


def check_subgraph(service: str, folder: Path) -> None:
    image = build(service, folder)
    assert image.user == "10001:10001"
    assert image.entry[1] == ["serve"]
    assert folders_of(image.path("subgraphs")) == {service}
    assert folders_of(image.path(".")) == {"chassis", "subgraphs"}
    sdl = run(image, "schema")
    assert sdl.returncode == 0, sdl.stderr
    assert sdl.stdout == (ROOT / "schema" / "subgraphs" / f"{service}.graphql").read_text()
    # Its settings are read, and it says what is missing in its own words.
    refused = run(image, "serve")
    assert (refused.returncode, "MT_ROUTER_SECRET is missing" in refused.stderr) == (1, True)


@pytest.mark.soak
def test_the_installer_s_image_makes_the_secrets(tmp_path: Path):
    image = build("installer", tmp_path)
    assert folders_of(image.path(".")) == {"chassis", "subgraphs", "stack"}
    done = run(image, "secrets", "--volumes", str(image.path("/run/microtwitt")))
    assert done.returncode == 0, done.stderr
    router = image.path("/run/microtwitt/router")
    assert json.loads((router / "router.yaml").read_text())["subgraphs"]["users"]["urls"]


@pytest.mark.soak
def test_the_router_s_image_serves_the_playground_and_tells_its_health(tmp_path: Path):
    image = build("router", tmp_path)
    assert folders_of(image.path(".")) == {"chassis", "supergraph", "schema", "playground"}
    configuration = tmp_path / "router.yaml"
    names = [path.stem for path in (ROOT / "schema" / "subgraphs").glob("*.graphql")]
    urls = {name: {"urls": ["http://127.0.0.1:9/graphql"]} for name in names}
    page = str(image.path("playground"))
    configuration.write_text(json.dumps({"playground": page, "subgraphs": urls}))
    port = str(free_port())
    place = ["--host", "127.0.0.1", "--port", port, "--config", str(configuration)]
    files = ["--supergraph", "schema/supergraph.graphql"]
    environment = image.environment(MT_PORT=port)
    with subprocess.Popen(
        command(image, "serve", *files, *place), cwd=image.path("."), env=environment
    ) as process:
        try:
            health = health_of(image, environment)
            while health.returncode != 0 and process.poll() is None:
                health = health_of(image, environment)
            assert health.returncode == 0, health.stdout
            page = httpx.get(f"http://127.0.0.1:{port}/")
            assert (page.status_code, "<script" in page.text) == (HTTPStatus.OK, True)
        finally:
            process.terminate()
    # Process 1 is the service itself, which hears the signal and ends in order.
    assert process.returncode == 0
    assert health_of(image, environment).returncode == 1


def health_of(image: Image, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = [str(image.path("/opt/venv/bin/python")), *image.health[1:]]
    return subprocess.run(
        words, cwd=image.path("."), env=environment, capture_output=True, text=True, check=False
    )


def test_every_step_is_one_that_these_tests_run():
    known = {"ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD", "HEALTHCHECK"}
    _, stages = read_stages()
    assert {step.word for stage in stages.values() for step in stage.steps} <= known
    assert set(SERVICES) <= set(stages)


def test_base_images_are_named_by_version_and_python_is_one_that_we_support():
    _, stages = read_stages()
    bases = {stage.base for stage in stages.values()} - set(stages) - {"${SERVICE}"}
    assert all(":" in base and not base.endswith(":latest") for base in bases), bases
    assert {base for base in bases if base.startswith("python:")} == {"python:3.11-slim-bookworm"}


def test_passwords_lie_in_files_that_become_variables(tmp_path: Path):
    (tmp_path / "MT_SAID").write_text("by file")
    (tmp_path / "MT_BOTH").write_text("by file")
    (tmp_path / "other").write_text("no variable")
    probe = tmp_path / "probe.py"
    probe.write_text("import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))")
    given = {"MODULE": "probe", "VARIABLES": str(tmp_path), "MT_BOTH": "by environment"}
    done = subprocess.run(
        [sys.executable, ROOT / "deploy" / "enter.py", "serve"],
        cwd=tmp_path,
        env=given,
        capture_output=True,
        text=True,
        check=True,
    )
    variables, arguments = json.loads(done.stdout)
    assert arguments == ["serve"]
    assert (variables["MT_SAID"], variables["MT_BOTH"]) == ("by file", "by environment")
    assert "other" not in variables


def folders_of(path: Path) -> set[str]:
    found = (entry for entry in path.iterdir() if entry.is_dir())
    return {entry.name for entry in found if entry.name != "__pycache__"}
