"""README answers each row of what is known of the seed: its routes, its stores, its promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.shared import shared

ROOT = Path(__file__).resolve().parents[2]
HEADING = "## What became of the seed"
TEXT = shared("product.md").read_text()
# A row of the description, by its first words → words of README's rows that answer it.
ANSWERED = {
    "POST /signup": ("sign-up took anything", "`password_hash`"),
    "POST /login": ("logged in as the first user", "a failed login answered 200"),
    "(every guarded route)": ("tokens never expired", "each guarded request"),
    "POST /tweet": ("280 was counted", "`update_timeline`"),
    "DELETE /tweet": ("a liked tweet could not be deleted", "a delete, a like or a follow"),
    "GET /tweet/:user_id": ("without order, page or limit",),
    "POST /like/:id": ("the second person's like", "check, then insert"),
    "GET /search/tweet": ("by `ILIKE`",),
    "GET /search/autocomplete": ("`/search/autocomplete`", "in their own case only"),
    "GET /social/followers": ("`/social/followers`",),
    "GET /social/discover_user": ("`/social/discover_user`",),
    "POST /social/follow/:id": ("following oneself worked",),
    "GET /timeline": ("`GET /timeline`",),
    "(no route)": ("`update_timeline`",),
    "Schema:": ("no foreign key, no index; `lastLogin`", "`synchronize: true`", "one Postgres"),
    "Cypher `follow`:": ("`MERGE` of the whole pattern",),
    "Redis:": ("its 3 h", "a delete, a like or a follow", "blocking somebody"),
    "'manage this service for": ("'manage this service for",),
    "'improving search of users'": ("'improving search of users'",),
    "'can be modified for injecting": ("'can be modified for injecting",),
    "separate database for tweets": ("one Postgres shared by all",),
    "omitted:": (
        "omitted: unit and integration tests",
        "omitted: a data seed",
        "omitted: monitoring and detailed logs",
        "omitted: SSL",
    ),
    "pain: common packages": ("pain: five copies of a Dockerfile", "pain: four copies"),
    "pain: more internal network": ("pain: more internal network",),
    "pain: cannot match": ("pain: one user's logs",),
    "TODO zipkin": ("TODO: Zipkin", "omitted: a data seed"),
    "TODO '2x of each service": ("TODO: two of each service",),
    "TODO wait-for-database": ("TODO: wait for the database", "'need a transaction mech."),
}


def described() -> list[str]:
    """The rows of both tables, and the paragraphs between them."""
    part = TEXT.partition("## 1. ")[2].partition("\n## ")[0]
    lines = [line.lstrip("| ") for line in part.splitlines()[2:] if line.strip()]
    return [line for line in lines if not re.match(r"-|REST route|README promise", line)]


def answers() -> list[str]:
    table = (ROOT / "README.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    return [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("row", described(), ids=lambda row: row[:40])
def test_each_row_is_answered(row: str):
    wanted = [words for start, words in ANSWERED.items() if row.startswith(start)]
    assert wanted, "a row that nothing here speaks of"
    for words in max(wanted, key=len):
        assert any(words in answer for answer in answers()), words


def test_nothing_is_answered_that_was_not_asked():
    assert [start for start in ANSWERED if not any(r.startswith(start) for r in described())] == []
