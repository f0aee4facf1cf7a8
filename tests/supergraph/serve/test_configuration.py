from __future__ import annotations

from pathlib import Path

import pytest

from supergraph.serve.configuration import Configuration, ConfigurationInvalid, read_configuration

WHOLE = """
subgraphs:
  users: { urls: ["${USERS_URL}", "http://127.0.0.1:2/graphql"], timeout: 1.5 }
  tweets: {}
sharing: { subgraph: off, client: "off" }
auth:
  jwks_url: http://127.0.0.1:1/.well-known/jwks.json
  issuer: microtwitt
  audience: microtwitt
  router_secret_env: MT_ROUTER_SECRET
limits: { depth: 12 }
telemetry: { traces: off }
cors: { origins: ["https://app.example.com"] }
csrf: strict
introspection: off
playground: page
playground_config: settings.json
"""


def read(tmp_path: Path, text: str, **environ: str) -> Configuration:
    file = tmp_path / "router.yaml"
    file.write_text(text)
    return read_configuration(file, environ)


def faults(tmp_path: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as refused:
        read(tmp_path, text, **environ)
    return [line.strip() for line in str(refused.value).splitlines()[1:]]


def test_without_a_file_everything_has_its_default():
    assert read_configuration(None) == Configuration()


def test_an_empty_file_is_all_defaults(tmp_path: Path):
    assert read(tmp_path, "# nothing yet\n") == Configuration()


def test_every_key_is_read(tmp_path: Path):
    found = read(tmp_path, WHOLE, USERS_URL="http://127.0.0.1:1/graphql")
    assert found.subgraphs["users"].urls == (
        "http://127.0.0.1:1/graphql",
        "http://127.0.0.1:2/graphql",
    )
    assert found.subgraphs["users"].timeout == 1.5
    assert found.subgraphs["tweets"].timeout == 2.0
    assert found.auth.router_secret_env == "MT_ROUTER_SECRET"
    assert found.limits.depth == 12
    assert found.telemetry.traces == "off"
    assert found.cors.origins == ("https://app.example.com",)
    assert (found.csrf, found.introspection) == ("strict", "off")


def test_relative_paths_start_at_the_file(tmp_path: Path):
    found = read(tmp_path, WHOLE, USERS_URL="http://127.0.0.1:1")
    assert found.playground == tmp_path / "page"
    assert found.playground_config == tmp_path / "settings.json"


def test_all_faults_are_told_at_once(tmp_path: Path):
    found = faults(
        tmp_path,
        """
subgraphs: { users: { urls: ["${NOWHERE}"], timeout: -1, url: x } }
limits: { tokenz: 1 }
auth: { issuer: me }
shaving: {}
""",
    )
    assert "subgraphs.users.urls.0: the environment variable NOWHERE is not set" in found
    assert "subgraphs.users.url: no such key" in found
    assert any(fault.startswith("subgraphs.users.timeout: ") for fault in found)
    assert "limits.tokenz: no such key" in found
    assert "shaving: no such key" in found
    assert "auth: tokens need jwks_url and audience besides" in found


@pytest.mark.parametrize("key", ["subgraph", "client"])
@pytest.mark.parametrize("word", ["on", "true", "'on'"])
def test_sharing_is_refused_by_name(tmp_path: Path, key: str, word: str):
    found = faults(tmp_path, f"sharing: {{ {key}: {word} }}")
    assert found == [f"sharing.{key}: not in force yet, only `off` is accepted"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("cors: { origins: ['http://*.example.com'] }", "cors.origins.0"),
        ("cors: { origins: ['null'] }", "cors.origins.0"),
        ("limits: { nesting: 100000 }", "limits.nesting"),
        ("csrf: maybe", "csrf"),
        ("subgraphs: { a: { urls: ['file:///etc/passwd'] } }", "subgraphs.a.urls.0"),
        ("- a list", "the file"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path: Path, text: str, key: str):
    assert [fault.split(": ")[0] for fault in faults(tmp_path, text)] == [key]


def test_what_is_not_yaml_or_not_there_is_said(tmp_path: Path):
    with pytest.raises(ConfigurationInvalid, match="is not YAML"):
        read(tmp_path, "a: [")
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_configuration(tmp_path / "nowhere.yaml")


def test_values_of_variables_stay_out_of_messages(tmp_path: Path):
    found = faults(tmp_path, "limits: { depth: '${DEPTH}' }", DEPTH="very secret")
    assert "very secret" not in "".join(found)
