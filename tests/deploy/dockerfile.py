"""Reads the Dockerfile and runs its own steps for one service, in a clean folder and no engine.

A stage's file system is a folder; its absolute paths are written into that folder. Base images are
this machine's Python and Node. What an image would be is then a folder to start a service from.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Folders of an image; in a command their paths are taken to be inside the stage's folder.
IMAGE_FOLDERS = re.compile(r"(?<![\w./~-])/(?=(?:app|build|opt|run/microtwitt)\b)")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Step:
    """One instruction: `RUN`, and all that stands behind it."""

    word: str
    rest: str


@dataclass
class Stage:
    """What stands between one FROM and the next.

    Attributes:
        base: an image, or the name of an earlier stage.
        name: behind AS.
    """

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> str | None:
        found = [step.rest for step in self.steps if step.word == word]
        return found[-1] if found else None


@dataclass
class Image:
    """A stage that was run.

    Attributes:
        root: the folder that is its file system.
        folder: the working directory inside it, absolute.
        variables: its environment, paths as in the image.
        entry: ENTRYPOINT and CMD.
        user: who the process would be.
        health: the command of its HEALTHCHECK.
    """

    root: Path
    folder: str = "/"
    variables: dict[str, str] = field(default_factory=dict)
    entry: list[list[str]] = field(default_factory=lambda: [[], []])
    user: str = "root"
    health: list[str] = field(default_factory=list)

    def path(self, inside: str) -> Path:
        """Where a path of the image, absolute or in its working directory, is on this machine."""
        return self.root / os.path.normpath(os.path.join(self.folder, inside)).lstrip("/")  # noqa: PTH118

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of its process, and nothing else of this machine's."""
        found = {key: self.here(value) for key, value in (self.variables | more).items()}
        return {"PATH": os.environ["PATH"], **found}

    def here(self, text: str) -> str:
        """A command or value with the image's paths turned into this machine's."""
        return IMAGE_FOLDERS.sub(f"{self.root}/", text)


def read_stages(path: Path = ROOT / "Dockerfile") -> tuple[dict[str, str], dict[str, Stage]]:
    """The arguments before the first stage, and the stages by name, in order."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    for line in re.sub(r"\\\n", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages[name] = Stage(base, name)
        elif word == "ARG" and not stages:
            name, _, value = rest.partition("=")
            arguments[name] = value
        elif word:
            [*stages.values()][-1].steps.append(Step(word, rest.strip()))
    return arguments, stages


class Builder:
    """Runs the stages that one service needs, each once."""

    def __init__(self, service: str, context: Path, folder: Path) -> None:
        arguments, self._stages = read_stages()
        self._given = arguments | {"SERVICE": service}
        self._context = context
        self._folder = folder
        self._built: dict[str, Image] = {}
        self._programs = _programs(folder / "programs")

    def build(self) -> Image:
        """The image: the last stage."""
        return self._stage([*self._stages][-1])

    def _stage(self, name: str) -> Image:
        if name not in self._built:
            stage = self._stages[name]
            image = self._based_on(fill(stage.base, self._given), self._folder / name)
            arguments: dict[str, str] = {}
            for step in stage.steps:
                self._run(step, image, arguments)
            self._built[name] = image
        return self._built[name]

    def _based_on(self, base: str, root: Path) -> Image:
        if base not in self._stages:
            root.mkdir(parents=True)
            return Image(root)
        found = self._stage(base)
        # A step replaces files of earlier stages and never writes into them, so links will do.
        shutil.copytree(found.root, root, symlinks=True, copy_function=os.link)
        for path in filter(Path.is_dir, found.root.rglob("*")):
            there = path.lstat()
            os.lchown(root / path.relative_to(found.root), there.st_uid, there.st_gid)
        entry = [list(words) for words in found.entry]
        return Image(root, found.folder, dict(found.variables), entry, found.user)

    def _run(self, step: Step, image: Image, arguments: dict[str, str]) -> None:
        rest = step.rest
        known = image.variables | arguments
        if step.word == "ARG":
            arguments[rest.partition("=")[0]] = self._given[rest.partition("=")[0]]
        elif step.word == "ENV":
            pairs = (word.partition("=") for word in shlex.split(rest))
            image.variables |= {key: fill(value, known) for key, _, value in pairs}
        elif step.word == "WORKDIR":
            image.folder = rest
            image.path(".").mkdir(parents=True, exist_ok=True)
        elif step.word == "COPY":
            self._copy(shlex.split(fill(rest, known)), image)
        elif step.word == "RUN":
            self._command(fill(rest, arguments), image)
        else:
            _describe(step, image)

    def _copy(self, words: list[str], image: Image) -> None:
        options = [word for word in words if word.startswith("--")]
        *sources, target = [word for word in words if not word.startswith("--")]
        stage = next((word.partition("=")[2] for word in options if "--from=" in word), None)
        root = self._stage(stage).root if stage else self._context
        for source in sources:
            found = root / source.lstrip("/")
            place = image.path(target)
            if found.is_dir():
                shutil.copytree(
                    found, place, symlinks=True, dirs_exist_ok=True, copy_function=_copy_file
                )
            else:
                place = place / found.name if target.endswith("/") else place
                place.parent.mkdir(parents=True, exist_ok=True)
                _copy_file(found, place)

    def _command(self, command: str, image: Image) -> None:
        command = image.here(re.sub(r"--mount=\S+\s*", "", command))
        path = os.pathsep.join([str(self._programs), os.environ["PATH"]])
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=image.path("."),
            env={"HOME": os.environ.get("HOME", "/"), "PATH": path, **_registries()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def fill(text: str, variables: Mapping[str, str]) -> str:
    """`text` with the variables that are known; others stay for the shell."""
    return VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), text)


def _copy_file(source: str | Path, target: str | Path) -> None:
    Path(target).unlink(missing_ok=True)
    shutil.copy2(source, target)


def _describe(step: Step, image: Image) -> None:
    if step.word in {"ENTRYPOINT", "CMD"}:
        image.entry[step.word == "CMD"] = json.loads(step.rest)
    elif step.word == "USER":
        image.user = step.rest
    elif step.word == "HEALTHCHECK":
        image.health = json.loads(step.rest.partition("CMD ")[2])
    else:
        raise AssertionError(f"a step that cannot be run here: {step.word} {step.rest}")


def _registries() -> dict[str, str]:
    """What tells pip, uv and npm of this machine where packages come from."""
    told = ("PIP_", "UV_", "npm_config_", "NPM_CONFIG_", "SSL_CERT", "http", "HTTP", "no_proxy")
    return {name: value for name, value in os.environ.items() if name.startswith(told)}


def _programs(folder: Path) -> Path:
    """What the base images hold: python, node and npm; and a chown for who is not root."""
    node = subprocess.run(
        [sys.executable, ROOT / "web" / "node.py"], capture_output=True, text=True, check=True
    ).stdout.strip()
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    scripts = {
        "python": f'exec "{base}" "$@"',
        "node": f'exec "{node}/node" "$@"',
        "npm": f'PATH="{node}:$PATH" exec "{node}/npm" "$@"',
    }
    if os.geteuid() != 0:
        scripts["chown"] = "exit 0"
    folder.mkdir(parents=True)
    for name, line in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


def clean_context(folder: Path) -> Path:
    """The build context: what .dockerignore lets through, which is all that an engine is sent."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = [line[1:] for line in lines if line.startswith("!")]
    kept_back = {line.removeprefix("**/") for line in lines if line.startswith("**/")}
    paths = {line for line in lines if line and line[0] not in "*!#"}

    def left_out(parent: str, found: list[str]) -> set[str]:
        place = Path(parent).relative_to(ROOT)
        return {name for name in found if name in kept_back or str(place / name) in paths}

    for name in let_through:
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    return folder
