"""Author cards by request-reply: what is asked is answered, what is no question is told so."""

from __future__ import annotations

import json
import uuid

import pytest

from subgraphs.users import consumer
from subgraphs.users.service import profile
from tests.subgraphs.users.people import newcomer


def question(ids) -> bytes:
    return json.dumps({"userIds": [str(one) for one in ids]}).encode()


async def test_cards_of_those_who_exist_in_one_statement(resources, statements):
    alice, username, _ = await newcomer(resources, "alice")
    await profile.update_profile(resources, alice, {"display_name": "Älice"})
    async with statements() as counted:
        answer = await consumer.answer_cards(resources, question([alice, uuid.uuid4(), alice]))
    assert json.loads(answer) == {
        "cards": [
            {
                "userId": str(alice),
                "username": username,
                "displayName": "Älice",
                "avatar": None,
                "version": 3,
            }
        ]
    }
    assert len(counted.sent) == 1


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"userIds": []}',
        b'{"userIds": "x"}',
        b'{"userIds": [5]}',
        b'{"userIds": ["x"]}',
        b'{"userIds": [null]}',
        b"[" * 100_000,
        question([uuid.uuid4() for _ in range(101)]),
    ],
    ids=lambda asked: repr(asked[:20]),
)
async def test_what_is_no_question_is_told_so(resources, statements, asked):
    async with statements() as counted:
        answer = json.loads(await consumer.answer_cards(resources, asked))
    assert answer["error"]["code"] == "BAD_INPUT"
    assert counted.sent == []
