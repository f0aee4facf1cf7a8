"""Profiles: what is given changes, what is left out stays, and others are told."""

from __future__ import annotations

import uuid

import pytest

from subgraphs.users.model.errors import InputRefused, NotSignedIn
from subgraphs.users.service import profile, reading
from tests.subgraphs.users.people import newcomer

WHOLE = {
    "display_name": "Zoë",
    "bio": "Two\nlines, and a <b>tag</b> \u202e\u200b",
    "location": "Æbeltoft",
    "website": "https://example.org/~zoe?a=1#b",
    "protected": True,
    "searchable": False,
}


async def test_everything_can_be_set_and_comes_back_as_it_was(resources, events):
    user_id, username, _ = await newcomer(resources)
    updated = await profile.update_profile(resources, user_id, WHOLE)
    assert {name: getattr(updated, name) for name in WHOLE} == WHOLE
    assert (await reading.users_by_id(resources, [user_id]))[user_id] == updated
    told = (await events(user_id))[-1]
    assert (told.type, told.aggversion) == ("users.profile.updated", updated.version)
    assert told.data == {
        "userId": str(user_id),
        "username": username,
        "displayName": "Zoë",
        "protected": True,
        "searchable": False,
    }


async def test_what_is_left_out_stays_and_null_clears(resources):
    user_id, _, _ = await newcomer(resources)
    await profile.update_profile(resources, user_id, WHOLE)
    cleared = {"bio": None, "location": "  ", "website": None}
    updated = await profile.update_profile(resources, user_id, cleared)
    assert (updated.bio, updated.location, updated.website) == (None, None, None)
    assert (updated.display_name, updated.protected) == ("Zoë", True)


async def test_nothing_given_changes_nothing_and_tells_nobody(resources, events):
    user_id, _, _ = await newcomer(resources)
    before = await events(user_id)
    updated = await profile.update_profile(resources, user_id, {})
    assert updated.version == len(before)
    assert await events(user_id) == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"display_name": None}, "displayName"),
        ({"display_name": ""}, "displayName"),
        ({"display_name": "x" * 51}, "displayName"),
        ({"display_name": "a\x00b"}, "displayName"),
        ({"bio": "x" * 501}, "bio"),
        ({"bio": "a\x00b"}, "bio"),
        ({"bio": "half \ud83d"}, "bio"),
        ({"location": "x" * 101}, "location"),
        ({"location": "a\x00b"}, "location"),
        ({"location": "a\nb"}, "location"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "example.org"}, "website"),
        ({"website": "https://"}, "website"),
        ({"website": "https://me:secret@example.org"}, "website"),
        ({"website": "https://example.org/a b"}, "website"),
        ({"website": "https://[::1"}, "website"),
        ({"website": "https://example.org:port"}, "website"),
        ({"website": "https://example.org/\x00"}, "website"),
        ({"website": f"https://example.org/{'x' * 200}"}, "website"),
        ({"protected": None}, "protected"),
        ({"searchable": None}, "searchable"),
    ],
)
async def test_bad_input_names_its_field_and_changes_nothing(resources, events, given, field):
    user_id, _, _ = await newcomer(resources)
    with pytest.raises(InputRefused) as refused:
        await profile.update_profile(resources, user_id, {"location": "Here", **given})
    assert refused.value.field == ("input", field)
    user = (await reading.users_by_id(resources, [user_id]))[user_id]
    assert (user.location, user.version) == (None, 2)
    assert len(await events(user_id)) == 2


async def test_an_account_that_is_no_more_is_not_updated(resources):
    with pytest.raises(NotSignedIn):
        await profile.update_profile(resources, uuid.uuid4(), {"bio": "Nobody"})
