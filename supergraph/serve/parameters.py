"""The parameters of a GraphQL request, from a JSON body, a message or a query string.

See https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson
from starlette.datastructures import QueryParams

from supergraph.serve.refusals import (
    BatchRefused,
    BodyInvalid,
    ParameterInvalid,
    PersistedQueryUnsupported,
)
from supergraph.serve.request import GraphQLRequest


def from_json(body: bytes, authorization: tuple[str, ...]) -> GraphQLRequest:
    """Read the parameters of a POST.

    Raises:
        BodyInvalid: not JSON in UTF-8, or no object.
        BatchRefused: a list.
        ParameterInvalid: one of them has the wrong type.
    """
    try:
        written: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyInvalid(f"The request's body is not JSON: {error}.") from error
    if isinstance(written, list):
        raise BatchRefused
    if not isinstance(written, dict):
        raise BodyInvalid("The request's body must be a JSON object.")
    parameters = cast("dict[str, object]", written)
    return from_object(parameters, authorization)


def from_query_string(query: QueryParams, authorization: tuple[str, ...]) -> GraphQLRequest:
    """Read the parameters of a GET; `variables` and `extensions` are JSON texts there.

    Raises:
        ParameterInvalid: one of them stands twice or has the wrong type.
    """
    parameters: dict[str, object] = dict(query)
    for name in ("query", "operationName", "variables", "extensions"):
        if len(query.getlist(name)) > 1:
            raise ParameterInvalid(name, "given once")
    for name in ("variables", "extensions"):
        if name in query:
            parameters[name] = _from_text(name, query[name])
    return from_object(parameters, authorization, read_only=True)


def _from_text(name: str, text: str) -> object:
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ParameterInvalid(name, "JSON") from error


def from_object(
    parameters: Mapping[str, object], authorization: tuple[str, ...], *, read_only: bool = False
) -> GraphQLRequest:
    """Read the parameters from a JSON object.

    Raises:
        ParameterInvalid: one of them is missing or has the wrong type.
        PersistedQueryUnsupported: the hash of a document instead of its text.
    """
    extensions = _map(parameters, "extensions")
    if parameters.get("query") is None and "persistedQuery" in extensions:
        raise PersistedQueryUnsupported
    return GraphQLRequest(
        query=_query(parameters),
        operation_name=_operation_name(parameters),
        variables=_map(parameters, "variables"),
        extensions=extensions,
        authorization=authorization,
        read_only=read_only,
    )


def _query(parameters: Mapping[str, object]) -> str:
    value = parameters.get("query")
    if not isinstance(value, str) or not value.strip():
        raise ParameterInvalid("query", "the text of a GraphQL document")
    return value


def _operation_name(parameters: Mapping[str, object]) -> str | None:
    value = parameters.get("operationName")
    if value is not None and not isinstance(value, str):
        raise ParameterInvalid("operationName", "a string or null")
    return value or None


def _map(parameters: Mapping[str, object], name: str) -> Mapping[str, Any]:
    value = parameters.get(name)
    if value is not None and not isinstance(value, dict):
        raise ParameterInvalid(name, "a JSON object or null")
    return cast("dict[str, Any]", value) if value else {}
