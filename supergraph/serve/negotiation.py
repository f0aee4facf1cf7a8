"""Which media type an answer takes, and which status it then has.

See https://graphql.github.io/graphql-over-http/draft/#sec-Accept
"""

from __future__ import annotations

from supergraph.serve.refusals import NotAcceptable, OperationRefused, RequestRefused
from supergraph.serve.stream_formats import EVENTS, MULTIPART, StreamFormat

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_OK = 200
_BAD_REQUEST = 400


def negotiate(accept: str | None) -> str:
    """Choose the media type of the answer.

    Without a word, and for wildcards, it is JSON, which every client reads. A stream is for who
    takes nothing else; subscriptions look at `stream_format` besides.

    Raises:
        NotAcceptable: the client takes none of them.
    """
    if not accept or not accept.strip():
        return JSON
    quality = _qualities(accept)
    rest = quality.get("application/*", quality.get("*/*", 0.0))
    json = quality.get(JSON, rest)
    response = quality.get(GRAPHQL_RESPONSE, 0.0)
    if response > 0 and response >= json:
        return GRAPHQL_RESPONSE
    if json > 0:
        return JSON
    if rest > 0 and GRAPHQL_RESPONSE not in quality:
        return GRAPHQL_RESPONSE
    stream = stream_format(accept)
    if stream is not None:
        return stream.media_type
    raise NotAcceptable


def stream_format(accept: str | None) -> StreamFormat | None:
    """How a stream is written for a client that says that it reads one; a wildcard does not.

    `multipart/mixed` counts only with `subscriptionSpec=1.0`: other things are written so, too.
    """
    quality = _qualities(accept or "")
    events = quality.get(EVENTS.media_type, 0.0)
    parts = quality.get(MULTIPART.media_type, 0.0)
    if max(events, parts) <= 0:
        return None
    return EVENTS if events >= parts else MULTIPART


def status_of(refusal: RequestRefused | None, media_type: str) -> int:
    """The answer's HTTP status.

    With `application/json` a well-formed request gets 200 whatever becomes of its operation:
    a client cannot know there whether another status comes from the router or from a proxy.
    """
    if refusal is None:
        return _OK
    is_ordinary = isinstance(refusal, OperationRefused) and refusal.status == _BAD_REQUEST
    return _OK if is_ordinary and media_type == JSON else refusal.status


def _qualities(accept: str) -> dict[str, float]:
    """`[media range] → q`, the highest where a range stands twice."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name == MULTIPART.media_type and not _is_for_subscriptions(parameters):
            continue
        found[name] = max(found.get(name, 0.0), _quality(parameters))
    return found


def _is_for_subscriptions(parameters: list[str]) -> bool:
    pairs = (parameter.partition("=") for parameter in parameters)
    return any(k.strip() == "subscriptionspec" and v.strip(' "') == "1.0" for k, _, v in pairs)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
