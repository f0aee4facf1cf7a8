"""The Dockerfile's own steps give images that hold one service and start it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from stack.ports import free_port
from tests.deploy.dockerfile import ROOT, Builder, Image, clean_context, read_stages
from tests.deploy.serving import SECRETS, run, serving, stores_of
from tests.deploy.test_compose import OURS
from tests.servers import Servers

# Packages are installed and compiled, which a busy machine takes long for.
pytestmark = pytest.mark.timeout(900)
SERVICES = ("users", "tweets", "social", "timeline", "installer", "router")


@pytest.fixture
def folder(servers: Servers) -> Iterator[Path]:
    """A folder that an image's user may enter, other than pytest's own."""
    folder = servers.new_folder("image")
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def build(service: str, folder: Path) -> Image:
    return Builder(service, clean_context(folder / "context"), folder / "image").build()


@pytest.mark.parametrize("service", ["users"])
def test_an_image_holds_its_service_alone_and_starts_it(
    service: str, folder: Path, request: pytest.FixtureRequest
):
    check_subgraph(service, folder, request)


@pytest.mark.soak
@pytest.mark.parametrize("service", ["tweets", "social", "timeline"])
def test_every_subgraph_s_image(service: str, folder: Path, request: pytest.FixtureRequest):
    check_subgraph(service, folder, request)


def check_subgraph(service: str, folder: Path, request: pytest.FixtureRequest) -> None:
    image = build(service, folder)
    assert image.user == "10001:10001"
    assert image.entry[1] == ["serve"]
    assert folders_of(image.path("subgraphs")) == {service}
    assert folders_of(image.path(".")) == {"chassis", "subgraphs"}
    sdl = run(image, "schema")
    assert sdl.returncode == 0, sdl.stderr
    # Of the tree that the image was built from.
    assert sdl.stdout == (folder / "context/schema/subgraphs" / f"{service}.graphql").read_text()
    # Its settings are read, and it says what is missing in its own words.
    refused = run(image, "serve")
    assert (refused.returncode, "MT_ROUTER_SECRET is missing" in refused.stderr) == (1, True)
    check_serving(service, image, request)


def check_serving(service: str, image: Image, request: pytest.FixtureRequest) -> None:
    volume = image.path(SECRETS)
    volume.mkdir(parents=True)
    for name, text in stores_of(service, request).items():
        (volume / name).write_text(text)
    variables = OURS[service]["environment"] | {
        "MT_TRACES": "off",
        "MT_HOST": "127.0.0.1",
        "MT_PORT": str(free_port()),
    }
    migrated = run(image, "migrate", **variables)
    assert migrated.returncode == 0, migrated.stderr
    with serving(image, image.entry[1], variables) as environment:
        origin = f"http://127.0.0.1:{environment['MT_PORT']}"
        assert httpx.get(f"{origin}/health").status_code == HTTPStatus.OK
        # Only the router is answered.
        assert httpx.post(f"{origin}/graphql", json={"query": "{__typename}"}).is_client_error


@pytest.mark.soak
def test_the_installer_s_image_makes_the_secrets(folder: Path):
    image = build("installer", folder)
    assert folders_of(image.path(".")) == {"chassis", "subgraphs", "stack"}
    done = run(image, "--volumes", str(image.path("/run/microtwitt")), "secrets")
    assert done.returncode == 0, done.stderr
    router = image.path("/run/microtwitt/router")
    assert json.loads((router / "router.yaml").read_text())["subgraphs"]["users"]["urls"]


@pytest.mark.soak
def test_the_router_s_image_serves_the_playground_and_tells_its_health(folder: Path):
    image = build("router", folder)
    assert folders_of(image.path(".")) == {"chassis", "supergraph", "schema", "playground"}
    configuration = folder / "router.yaml"
    names = [path.stem for path in (ROOT / "schema" / "subgraphs").glob("*.graphql")]
    urls = {name: {"urls": ["http://127.0.0.1:9/graphql"]} for name in names}
    page = str(image.path("playground"))
    configuration.write_text(json.dumps({"playground": page, "subgraphs": urls}))
    port = str(free_port())
    place = ["--host", "127.0.0.1", "--port", port, "--config", str(configuration)]
    files = ["--supergraph", "schema/supergraph.graphql"]
    with serving(image, ["serve", *files, *place], {"MT_PORT": port}):
        page = httpx.get(f"http://127.0.0.1:{port}/")
        assert (page.status_code, "<script" in page.text) == (HTTPStatus.OK, True)


def test_every_step_is_one_that_these_tests_run():
    known = {"ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD", "HEALTHCHECK"}
    _, stages = read_stages()
    assert {step.word for stage in stages.values() for step in stage.steps} <= known
    assert set(SERVICES) <= set(stages)


def test_every_image_has_a_user_of_its_own_and_tells_its_health():
    _, stages = read_stages()
    last = [*stages.values()][-1]
    assert last.base == "${SERVICE}"
    assert [step.word for step in last.steps] == ["USER", "HEALTHCHECK"]
    assert last.last("USER") == "10001:10001"


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
