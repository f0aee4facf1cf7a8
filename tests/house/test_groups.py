"""Each service imports with only the packages of its own dependency group."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {
    "router": "supergraph.__main__",
    "users": "subgraphs.users.app",
    "tweets": "subgraphs.tweets.app",
    "social": "subgraphs.social.app",
    "timeline": "subgraphs.timeline.app",
    "installer": "stack.containers",
    "stack": "stack.__main__",
}

# Runs in a fresh interpreter: refuses each module whose distribution the group does not hold.
PROBE = """
import importlib, importlib.abc, importlib.metadata, json, re, sys
allowed, module = set(json.loads(sys.argv[1])), sys.argv[2]
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
found = importlib.metadata.packages_distributions().items()
owners = {top: {normal(name) for name in names} for top, names in found}
class Gate(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        owner = owners.get(name.partition(".")[0])
        if path is None and owner and not owner & allowed:
            raise ModuleNotFoundError(f"{name} is not in the group", name=name)
        return None
sys.meta_path.insert(0, Gate())
importlib.import_module(module)
"""


def packages_of(group: str) -> list[str]:
    text = (ROOT / "requirements" / f"{group}.txt").read_text()
    names = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    return [re.sub(r"[-_.]+", "-", name).lower() for name in names]


@pytest.mark.parametrize(("group", "module"), SERVICES.items())
def test_a_service_imports_with_its_own_group_alone(group: str, module: str):
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(packages_of(group)), module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_module_outside_the_group_is_refused():
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(packages_of("router")), "strawberry"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "is not in the group" in done.stderr


def test_every_requirement_is_pinned_and_hashed():
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        for block in re.split(r"\n(?=[a-z0-9])", path.read_text(), flags=re.IGNORECASE):
            if block.strip() and not block.startswith("#"):
                assert "==" in block.splitlines()[0], f"{path.name}: {block.splitlines()[0]}"
                assert "--hash=sha256:" in block, f"{path.name}: {block.splitlines()[0]}"
