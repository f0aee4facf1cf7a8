"""Faults: Postgres away has a code, and says nothing of our insides."""

from __future__ import annotations

import dataclasses

import pytest

from chassis.postgres import Database
from stack.ports import free_port
from tests.subgraphs.users.people import PASSWORD, unique
from tests.subgraphs.users.subgraph import SIGN_UP

LOG_IN = "mutation ($input: LogInInput!) { logIn(input: $input) { __typename } }"


@pytest.fixture
async def away(resources, over):
    """The subgraph with no Postgres behind it."""
    url = f"postgresql+asyncpg://mt_users:secret@127.0.0.1:{free_port()}/microtwitt"
    database = Database.connect(url)
    yield over(dataclasses.replace(resources, database=database))
    await database.dispose()


async def test_without_postgres_each_answer_is_unavailable_and_no_more(away):
    name = unique()
    account = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    asked = [
        ('{ user(username: "alice") { id } }', {}),
        (SIGN_UP, {"input": account}),
        (LOG_IN, {"input": {"username": name, "password": PASSWORD}}),
    ]
    for query, variables in asked:
        answer = await away.ask(query, None, **variables)
        (error,) = answer["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE"}
        assert error["message"] == "Accounts cannot be reached at the moment."


async def test_the_viewer_needs_no_postgres(subgraph, away):
    viewer = await subgraph.sign_up()
    assert (await away.data("{ viewer { id } }", viewer))["viewer"]["id"].startswith("U_")
