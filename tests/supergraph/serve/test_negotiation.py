from __future__ import annotations

import pytest

from supergraph.serve.negotiation import GRAPHQL_RESPONSE, JSON, negotiate, status_of
from supergraph.serve.refusals import (
    BodyInvalid,
    MutationByGet,
    NotAcceptable,
    OperationNotFound,
    TokenRefused,
)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("text/html, */*;q=0.1", JSON),
        ("application/json;q=broken, application/graphql-response+json;q=0.1", GRAPHQL_RESPONSE),
    ],
)
def test_the_best_media_type_is_chosen(accept: str | None, chosen: str):
    assert negotiate(accept) == chosen


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "*/*;q=0", "text/*"])
def test_nothing_that_we_speak_is_refused(accept: str):
    with pytest.raises(NotAcceptable):
        negotiate(accept)


def test_json_answers_200_only_for_what_is_well_formed():
    assert status_of(None, JSON) == status_of(None, GRAPHQL_RESPONSE) == 200
    assert status_of(OperationNotFound(), JSON) == 200
    assert status_of(OperationNotFound(), GRAPHQL_RESPONSE) == 400
    for media_type in (JSON, GRAPHQL_RESPONSE):
        assert status_of(BodyInvalid(), media_type) == 400
        assert status_of(MutationByGet(), media_type) == 405
        assert status_of(TokenRefused(), media_type) == 401
