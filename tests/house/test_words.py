"""What the house forbids and no linter knows: words, sizes, names of files."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("chassis", "supergraph", "subgraphs", "stack")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
JUNK_DRAWERS = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}
# Seats of package registries: files must not depend on where packages come from.
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.org|repo1?\.maven|crates\.io|proxy\.golang"
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def product_files() -> list[Path]:
    return [path for part in PRODUCT for path in sorted((ROOT / part).rglob("*.py"))]


def test_the_chassis_knows_no_domain_word():
    word = re.compile(r"tweet|follow(?!ing|ed|s? (the|by))|timeline|retweet", re.IGNORECASE)
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for part in ("chassis", "chassis/graphql")
        for path in sorted((ROOT / part).glob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if word.search(line)
    ]
    assert found == []


def words_of(path: Path) -> Iterator[str]:
    """Every name and text of a module that is not a docstring."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        for name in ("id", "name", "attr", "arg"):
            if isinstance(word := getattr(node, name, None), str):
                yield word
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def test_the_router_knows_no_domain_word():
    found = [
        f"{path.relative_to(ROOT)}: {word[:60]}"
        for path in sorted((ROOT / "supergraph").rglob("*.py"))
        if path.parent.name != "codes"  # schemas there are examples for people
        for word in words_of(path)
        if re.search(r"tweet|follower|timeline|microtwitt", word, re.IGNORECASE)
    ]
    assert found == []


def test_no_junk_drawer():
    assert [path for path in product_files() if path.stem in JUNK_DRAWERS] == []


def test_no_file_holds_a_second_idea():
    """A file over 400 lines has a second idea in it that wants its own name."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in product_files()
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_file_names_a_registry():
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != Path(__file__).resolve()
        and path.suffix not in {".png", ".ico"}
        and REGISTRIES.search(path.read_text(errors="ignore"))
    ]
    assert found == []


def test_every_decision_names_the_check_that_keeps_it():
    for record in sorted((ROOT / "docs" / "adr").glob("*.md")):
        text = record.read_text()
        assert "**Kept by**" in text, record.name
        kept = text.split("**Kept by**", 1)[1]
        for path in re.findall(r"`((?:tests|chassis|supergraph|stack|docs)/[^`*]+)`", kept):
            assert (ROOT / path).exists(), f"{record.name} names {path}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path):
    text = page.read_text()
    named = re.findall(
        r"`((?:tests|chassis|supergraph|subgraphs|stack|docs|schema|web|benchmarks|deploy)/[\w./-]+)`",
        text,
    )
    links = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text)
    places = [*(ROOT / path for path in named), *(page.parent / path for path in links)]
    assert [str(place) for place in places if not place.exists()] == []


def test_readme_names_paths():
    assert re.search(r"`tests/[\w./-]+`", (ROOT / "README.md").read_text())
