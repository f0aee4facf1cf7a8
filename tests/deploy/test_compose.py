"""`docker-compose.yml` names what is there: settings, ports, services, files, volumes."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic_settings import BaseSettings

from chassis.settings import SettingsInvalid, load
from stack import nats
from stack.assembly import Assembly
from stack.containers import JOBS, assembly_in, parser, secrets_of, write_secrets
from stack.order import SUBGRAPHS, processes_of
from stack.ports import variable
from subgraphs.social.settings import SocialSettings
from subgraphs.timeline.settings import TimelineSettings
from subgraphs.tweets.settings import TweetsSettings
from subgraphs.users.settings import UsersSettings
from supergraph.serve.configuration import Configuration, read_configuration
from supergraph.settings import RouterSettings
from tests.deploy.dockerfile import ROOT, read_stages

SETTINGS: Mapping[str, type[BaseSettings]] = {
    "users": UsersSettings,
    "tweets": TweetsSettings,
    "social": SocialSettings,
    "timeline": TimelineSettings,
}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: found for name, found in CONTAINERS.items() if "build" in found}
SECRETS = "/run/microtwitt"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return assembly_in(tmp_path_factory.mktemp("volumes"))


@pytest.fixture(scope="module")
def secrets(assembly: Assembly) -> Mapping[str, Mapping[str, str]]:
    return secrets_of(assembly)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        ["hadolint", "Dockerfile"],
    ],
    ids=["the specification of compose files", "hadolint"],
)
def test_the_files_pass_the_checks_of_others(arguments: list[str]):
    program = ROOT / ".venv" / "bin" / arguments[0]
    done = subprocess.run(
        [program, *arguments[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_two_of_each_service_and_what_they_need():
    for service in (*SUBGRAPHS, "router"):
        for process in processes_of(service, 2):
            assert image_of(CONTAINERS[process]) == service
    assert {"postgres", "neo4j", "redis", "nats", "zipkin"} <= set(CONTAINERS)


def image_of(container: Mapping[str, Any]) -> str:
    return str(container["build"]["args"]["SERVICE"])


def test_every_image_is_a_stage_of_the_dockerfile():
    _, stages = read_stages()
    for name, container in OURS.items():
        service = image_of(container)
        assert service in stages, name
        assert (ROOT / "requirements" / f"{service}.txt").exists(), name
        assert container["image"] == f"microtwitt-{service}:latest"


def test_images_of_others_are_named_by_version():
    images = {name: found["image"] for name, found in CONTAINERS.items() if name not in OURS}
    assert all(image.partition(":")[2] not in {"", "latest"} for image in images.values()), images


def variables_of(name: str, secrets: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the process of a container finds: the image's, its files', compose's own."""
    service = image_of(CONTAINERS[name])
    _, stages = read_stages()
    stage = stages["router" if service == "router" else "subgraph"]
    words = (stage.last("ENV") or "").split()
    image = dict(word.split("=", 1) for word in words)
    files = {key: text for key, text in secrets[service].items() if key.startswith("MT_")}
    return image | files | dict(CONTAINERS[name]["environment"])


@pytest.mark.parametrize("name", [n for s in SUBGRAPHS for n in processes_of(s, 2)])
def test_a_subgraph_is_given_each_variable_that_it_needs_and_none_that_it_does_not_know(
    name: str, secrets: Mapping[str, Mapping[str, str]]
):
    settings_type = SETTINGS[image_of(CONTAINERS[name])]
    given = variables_of(name, secrets)
    settings = load(settings_type, given)
    known = {f"MT_{field.upper()}" for field in settings_type.model_fields}
    assert {key for key in given if key.startswith("MT_")} <= known
    assert getattr(settings, "host") == "0.0.0.0"  # noqa: B009, S104 -- inside its container
    secret = next(key for key in given if key in secrets[image_of(CONTAINERS[name])])
    with pytest.raises(SettingsInvalid, match=secret):
        load(settings_type, {key: text for key, text in given.items() if key != secret})


def test_no_password_stands_in_the_file(secrets: Mapping[str, Mapping[str, str]]):
    text = (ROOT / "docker-compose.yml").read_text()
    for files in secrets.values():
        for name in files:
            assert f"{name}:" not in text, f"{name} is a secret and has its value in the file"


@pytest.mark.parametrize("name", processes_of("router", 2))
def test_the_router_reaches_both_of_each_subgraph(
    name: str, secrets: Mapping[str, Mapping[str, str]], tmp_path: Path
):
    configuration = router_configuration(secrets, tmp_path)
    load(RouterSettings, variables_of(name, secrets))
    for service in SUBGRAPHS:
        urls = [str(url) for url in configuration.subgraphs[service].urls]
        ports = [variables_of(each, secrets)["MT_PORT"] for each in processes_of(service, 2)]
        places = zip(processes_of(service, 2), ports, strict=True)
        assert urls == [f"http://{process}:{port}/graphql" for process, port in places]
    assert configuration.auth.issuer == variables_of("users", secrets)["MT_TOKEN_ISSUER"]
    assert configuration.auth.audience == variables_of("users", secrets)["MT_TOKEN_AUDIENCE"]


def router_configuration(secrets: Mapping[str, Mapping[str, str]], folder: Path) -> Configuration:
    for name in ("router.yaml", "playground.json"):
        (folder / name).write_text(secrets["router"][name])
    return read_configuration(folder / "router.yaml", environ=secrets["router"])


def test_the_files_that_the_router_is_told_of_are_in_its_image_and_its_volume(
    secrets: Mapping[str, Mapping[str, str]], tmp_path: Path
):
    configuration = router_configuration(secrets, tmp_path)
    _, stages = read_stages()
    router = stages["router"]
    assert f"{SECRETS}/router.yaml" in (router.last("CMD") or "")
    copied = [step.rest.split()[-1] for step in router.steps if step.word == "COPY"]
    assert str(configuration.playground) == "/app/playground"
    assert "playground/" in copied
    assert configuration.playground_config == tmp_path / "playground.json"


def test_what_a_container_waits_for_is_there_and_can_be_waited_for():
    for name, container in CONTAINERS.items():
        for need, how in container.get("depends_on", {}).items():
            target = CONTAINERS[need]
            condition = how["condition"]
            if condition == "service_completed_successfully":
                assert target["restart"] == "no", f"{name} waits for the end of {need}"
            elif condition == "service_healthy":
                # Our images have a check of their own.
                own = {"test": []} if need in OURS else {}
                check = target.get("healthcheck", own)
                assert "test" in check, f"{name} waits for the health of {need}"


def test_nobody_waits_in_a_circle():
    needs = {name: set(found.get("depends_on", {})) for name, found in CONTAINERS.items()}
    assert set(TopologicalSorter(needs).static_order()) == set(CONTAINERS)


def test_each_command_is_one_that_the_image_knows():
    for name, container in OURS.items():
        service, command = image_of(container), container.get("command", [])
        if service == "installer" and command != ["--help"]:
            assert parser().parse_args(command).job in JOBS
        elif service in SUBGRAPHS and command:
            module = importlib.import_module(f"subgraphs.{service}.__main__")
            with pytest.raises(SystemExit) as ended:
                module.main([*command, "--help"])
            assert ended.value.code == 0, name


def test_what_needs_arguments_is_refused_without_them():
    with pytest.raises(SystemExit):
        parser().parse_args(["replay"])
    assert parser().parse_args(["replay", "--consumer", "tweets_author_cards"]).consumer


def test_only_the_router_and_zipkin_are_reached_from_this_machine_and_from_it_alone():
    published = {name: found["ports"] for name, found in CONTAINERS.items() if "ports" in found}
    assert published == {
        "router": [f"127.0.0.1:${{{variable('router')}:-3000}}:3000"],
        "router-2": [f"127.0.0.1:${{{variable('router-2')}:-3010}}:3000"],
        "zipkin": [f"127.0.0.1:${{{variable('zipkin')}:-19411}}:9411"],
    }
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    edge = {name for name, found in CONTAINERS.items() if "edge" in found.get("networks", [])}
    assert edge == set(published)


def test_every_volume_is_declared_used_and_given_to_its_one_reader():
    mounts = {
        name: dict(volume.split(":", 1) for volume in found.get("volumes", []))
        for name, found in CONTAINERS.items()
    }
    assert {volume for found in mounts.values() for volume in found} == set(COMPOSE["volumes"])
    for name, found in mounts.items():
        for volume, place in found.items():
            owner = volume.removesuffix("-secrets")
            if volume.endswith("-secrets") and name != "secrets":
                reader = image_of(CONTAINERS[name]) if name in OURS else name
                assert (reader, place) == (owner, f"{SECRETS}:ro")


def test_the_job_writes_into_the_volume_of_each_reader(
    assembly: Assembly, secrets: Mapping[str, Mapping[str, str]], tmp_path: Path
):
    write_secrets(assembly, tmp_path)
    places = dict(volume.split(":", 1) for volume in CONTAINERS["secrets"]["volumes"])
    assert {f"{SECRETS}/{reader}" for reader in (*secrets, "installer")} == set(places.values())
    for reader, files in secrets.items():
        assert places[f"{reader}-secrets"] == f"{SECRETS}/{reader}"
        written = {path.name: path.read_text() for path in (tmp_path / reader).iterdir()}
        assert written == files
    _, stages = read_stages()
    made = next(step.rest for step in stages["installer"].steps if step.word == "RUN")
    assert all(place in made.split() for place in places.values())


def test_a_second_start_keeps_the_passwords(tmp_path: Path):
    assert secrets_of(assembly_in(tmp_path)) == secrets_of(assembly_in(tmp_path))


def test_stores_read_the_files_that_the_job_writes(secrets: Mapping[str, Mapping[str, str]]):
    for store in ("postgres", "neo4j", "redis", "nats"):
        text = json.dumps(CONTAINERS[store])
        for name in secrets[store]:
            assert f"{SECRETS}/{name}" in text, f"{store} is not told of {name}"


def test_everyone_has_a_place_of_their_own_in_the_stores(
    secrets: Mapping[str, Mapping[str, str]],
):
    for reader in (*SUBGRAPHS, "router"):
        assert urlsplit(secrets[reader]["MT_NATS_URL"]).username == reader
        if url := secrets[reader].get("MT_DATABASE_URL"):
            assert urlsplit(url).username == f"mt_{reader}"


def test_nats_takes_the_configuration_that_the_job_writes(
    secrets: Mapping[str, Mapping[str, str]], tmp_path: Path
):
    configuration = json.loads(secrets["nats"]["nats.json"])
    users = configuration["accounts"]["MICROTWITT"]["users"]
    assert {user["user"] for user in users} == set(nats.USERS)
    configuration["jetstream"]["store_dir"] = str(tmp_path)
    (tmp_path / "nats.json").write_text(json.dumps(configuration))
    program = nats.find_server({})
    tested = subprocess.run(
        [program, "-t", "-c", tmp_path / "nats.json"], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stderr


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_hold_no_more_rights_than_they_need(name: str):
    container = OURS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in container
    assert "user" not in container, "the image's own"
