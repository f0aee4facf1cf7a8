"""Plant each bug of this folder in a copy of the project; the tests it names must fail there.

    python tests/mutants/run.py [PATTERN…]

A mutant is a `NAME.patch`: lines that say what it breaks, a line `tests: ` with the pytest
arguments of the tests that must fail, and a unified diff. A mutant is caught only by a failing
test: not by an error of collection, and not by tests that fail without it too.

Exits 0 when all are caught, 1 when one survives, is broken or no longer applies, 2 when there is
nothing to run or the tests fail on the code as it is.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parents[1]
# Not tracked, not changed by a mutant, and too large to copy.
LINKED = ("tests/oracles/node_modules", "web/playground/dist", ".cache")
SECONDS_PER_TEST = 45
SECONDS_PER_MUTANT = 120
AT_ONCE = 2
TESTS_FAILED = 1


@dataclass(frozen=True)
class Mutant:
    """One planted bug.

    Attributes:
        tests: pytest arguments of the tests of which at least one must fail.
    """

    name: str
    patch: Path
    tests: tuple[str, ...]


def say(line: str) -> None:
    """Print in one write, since two threads do."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def read_mutants(patterns: list[str]) -> list[Mutant]:
    """The mutants of this folder whose name holds one of the patterns; all without patterns."""
    patches = sorted(FOLDER.glob("*.patch"))
    chosen = [p for p in patches if not patterns or any(word in p.stem for word in patterns)]
    return [read_mutant(patch) for patch in chosen]


def read_mutant(patch: Path) -> Mutant:
    found = re.search(r"^tests: (.+)$", patch.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{patch.name} has no line `tests: `")
    return Mutant(patch.stem, patch, tuple(shlex.split(found[1])))


def copy_project(folder: Path) -> Path:
    """Copy the work tree but for what git ignores; `../shared` stands beside the copy."""
    copy = folder / "as-it-is" / "main"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, copy / name)
    link_what_is_not_copied(copy)
    return copy


def link_what_is_not_copied(copy: Path) -> None:
    beside = {copy.parent / "shared": PROJECT.parent / "shared"}
    for link, target in (beside | {copy / name: PROJECT / name for name in LINKED}).items():
        if target.exists() and not link.exists():
            link.symlink_to(target)


def run_tests(
    copy: Path, tests: tuple[str, ...], seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy, by this interpreter; one that takes too long has no exit code of pytest.

    The seed is fixed: a mutant is caught each time or never.
    """
    options = ("-q", "-x", "-m", "not soak", "-p", "no:cacheprovider", "--tb=short")
    limits = (f"--timeout={SECONDS_PER_TEST}", "--hypothesis-seed=0")
    command = [sys.executable, "-m", "pytest", *options, *limits, *tests]
    # Programs that tests start must come from the copy too.
    environ = {**os.environ, "PYTHONPATH": str(copy)}
    try:
        return subprocess.run(
            command,
            cwd=copy,
            env=environ,
            timeout=seconds,
            check=False,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, -1, "", f"ran for more than {seconds} s")


def try_mutant(original: Path, folder: Path, mutant: Mutant) -> bool:
    """Say in one line whether the tests catch the mutant."""
    began = time.monotonic()
    copy = folder / mutant.name / "main"
    # With times and compiled code: Python compiles only the patched file anew.
    shutil.copytree(original.parent, copy.parent, symlinks=True)
    applied = subprocess.run(
        ["git", "apply", str(mutant.patch)], cwd=copy, check=False, capture_output=True, text=True
    )
    if applied.returncode:
        say(f"does not apply  {mutant.name}: {applied.stderr.strip()}")
        return False
    ran = run_tests(copy, mutant.tests, SECONDS_PER_MUTANT)
    word, detail = verdict(ran)
    say(f"{word:14}  {mutant.name}  {time.monotonic() - began:.0f} s  {detail}")
    shutil.rmtree(copy.parent)
    return word == "caught"


def verdict(ran: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """What became of a mutant, and the line of pytest's report that shows it."""
    failed = re.search(r"^FAILED (.+?)(?: - |$)", ran.stdout, re.MULTILINE)
    if ran.returncode == TESTS_FAILED and failed:
        return "caught", f"by {failed[1]}"
    last = (ran.stdout.strip() or ran.stderr.strip()).splitlines()[-1:]
    return ("SURVIVED" if ran.returncode == 0 else "BROKEN"), "".join(last)


def passes_as_it_is(original: Path, mutants: list[Mutant]) -> bool:
    """Whether every test that a mutant names passes without any mutant."""
    tests = tuple(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
    ran = run_tests(original, tests)
    if ran.returncode:
        say(f"{ran.stdout}{ran.stderr}\nThe tests fail without a mutant.")
    # A test that is skipped catches nothing.
    skipped = re.search(r"\d+ skipped", ran.stdout)
    if skipped:
        say(f"{ran.stdout}\nTests were skipped, and would catch nothing.")
    return ran.returncode == 0 and not skipped


def main(patterns: list[str]) -> int:
    """Run the mutants and say what became of each."""
    mutants = read_mutants(patterns)
    if not mutants:
        say("no such mutant")
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        original = copy_project(folder)
        if not passes_as_it_is(original, mutants):
            return 2
        with ThreadPoolExecutor(AT_ONCE) as pool:
            caught = list(pool.map(partial(try_mutant, original, folder), mutants))
    say(f"{sum(caught)} of {len(caught)} caught")
    return 0 if all(caught) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
