"""Requests that are refused before anything is executed: one class per reason.

    * RequestRefused
      + TransportRefused      not a well-formed GraphQL request: its own status on every media type
        - MethodNotAllowed, MediaTypeUnsupported, NotAcceptable, BodyTooLarge, BodyInvalid
        - ParameterInvalid, BatchRefused, PersistedQueryUnsupported
        - CrossSiteRefused, HeaderInvalid
      + TokenRefused          401
      + OperationRefused      a well-formed request whose operation cannot be run
        - SyntaxRefused, ValidationRefused, LimitExceeded, OperationTooComplex
        - OperationNotFound, VariablesRefused, MutationByGet, StreamNeeded
      + TooMuchOpen           429
      + Unavailable           not the client's fault
        - Starting, Draining, ViewerUnknowable, PlanFailed, InternalFault

GraphQL over HTTP lets an `OperationRefused` answer 200 where the client reads `application/json`;
see `graphql_over_http`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graphql import GraphQLError

_LONGEST = 1_000


class RequestRefused(Exception):
    """The request was refused.

    Attributes:
        status: HTTP status.
        code: what stands in `extensions.code` of the answer's errors.
        headers: what the answer carries besides.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "BAD_REQUEST"

    def __init__(
        self, message: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.headers = dict(headers or {})

    def errors(self) -> list[dict[str, Any]]:
        """The answer's `errors`, as GraphQL writes them."""
        return [{"message": str(self), "extensions": {"code": self.code}}]


class TransportRefused(RequestRefused):
    """The request is not a well-formed GraphQL request."""


class MethodNotAllowed(TransportRefused):
    """GraphQL is asked by GET or POST."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__(headers={"Allow": "GET, POST"})


class MediaTypeUnsupported(TransportRefused):
    """The body must be JSON in UTF-8: send `Content-Type: application/json`."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class NotAcceptable(TransportRefused):
    """Answers are `application/graphql-response+json` or `application/json`: accept one of them."""

    status = 406
    code = "NOT_ACCEPTABLE"


class BodyTooLarge(TransportRefused):
    """The request's body is larger than this router reads."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request's body is larger than {limit} bytes.")


class BodyInvalid(TransportRefused):
    """The request's body is not JSON."""


class ParameterInvalid(TransportRefused):
    """A parameter of the request is missing or of the wrong type.

    Attributes:
        parameter: its name.
    """

    def __init__(self, parameter: str, expected: str) -> None:
        super().__init__(f"The parameter `{parameter}` must be {expected}.")
        self.parameter = parameter

    def errors(self) -> list[dict[str, Any]]:
        """The one error, with the parameter's name."""
        return [
            {
                "message": str(self),
                "extensions": {"code": self.code, "parameter": self.parameter},
            }
        ]


class BatchRefused(TransportRefused):
    """A list of operations in one request is not accepted: send them one by one."""

    code = "BATCHING_NOT_SUPPORTED"


class PersistedQueryUnsupported(TransportRefused):
    """PersistedQueryNotSupported."""

    # Message and code are the ones by which clients know to send the whole text.
    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class CrossSiteRefused(TransportRefused):
    """Another site's page may not ask by a request that browsers send without a preflight.

    Send `Content-Type: application/json`, or a header `Apollo-Require-Preflight: true`.
    """

    code = "CROSS_SITE_REQUEST_REFUSED"

    def __init__(self) -> None:
        super().__init__(
            "Browsers send this request for any page, without asking first: add a header "
            "`Content-Type: application/json` or `Apollo-Require-Preflight: true`."
        )


class HeaderInvalid(TransportRefused):
    """A header of the request cannot be read."""


class TokenRefused(RequestRefused):
    """The access token is not valid."""

    status = 401
    code = "UNAUTHENTICATED"

    def __init__(self, message: str | None = None, *, reason: str = "invalid_token") -> None:
        super().__init__(message, headers={"WWW-Authenticate": f'Bearer error="{reason}"'})


class OperationRefused(RequestRefused):
    """The operation cannot be run."""


class SyntaxRefused(OperationRefused):
    """The document is not GraphQL."""

    code = "GRAPHQL_PARSE_FAILED"

    def __init__(self, error: GraphQLError) -> None:
        super().__init__(error.message)
        self._error = error

    def errors(self) -> list[dict[str, Any]]:
        """The parser's error with its place in the document."""
        return [_entry(self._error, self.code)]


class ValidationRefused(OperationRefused):
    """The operation does not fit the schema."""

    code = "GRAPHQL_VALIDATION_FAILED"

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self._errors = tuple(errors)

    def errors(self) -> list[dict[str, Any]]:
        """Every finding with its place in the document."""
        return [_entry(error, self.code) for error in self._errors]


class VariablesRefused(ValidationRefused):
    """The variables do not fit their types."""

    code = "BAD_USER_INPUT"


class LimitExceeded(OperationRefused):
    """The operation asks for more than a limit of this router allows.

    Attributes:
        limit: the limit's name in the configuration.
        maximum: its value.
    """

    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, maximum: int) -> None:
        super().__init__(f"The operation exceeds the limit `{limit}` of {maximum}.")
        self.limit = limit
        self.maximum = maximum

    def errors(self) -> list[dict[str, Any]]:
        """The one error, with the limit's name and value."""
        extensions = {"code": self.code, "limit": self.limit, "maximum": self.maximum}
        return [{"message": str(self), "extensions": extensions}]


class OperationTooComplex(OperationRefused):
    """The operation is too large or too deep to be planned."""

    code = "OPERATION_TOO_COMPLEX"


class OperationNotFound(OperationRefused):
    """The document has no such operation."""

    code = "OPERATION_RESOLUTION_FAILURE"


class MutationByGet(OperationRefused):
    """Mutations are sent by POST."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__(headers={"Allow": "POST"})


class StreamNeeded(OperationRefused):
    """A subscription is answered by a stream.

    Send `Accept: text/event-stream`, or use a WebSocket with the subprotocol
    `graphql-transport-ws`.
    """

    status = 406
    code = "SUBSCRIPTION_NEEDS_STREAM"

    def __init__(self) -> None:
        super().__init__(
            "A subscription is answered by a stream: send `Accept: text/event-stream`, or use a "
            "WebSocket with the subprotocol `graphql-transport-ws`."
        )


class TooMuchOpen(RequestRefused):
    """So much may be open at one time.

    Attributes:
        limit: the limit's name in `subscriptions` of the configuration.
        maximum: its value.
    """

    status = 429
    code = "TOO_MUCH_OPEN"

    def __init__(self, limit: str, maximum: int) -> None:
        super().__init__(f"No more than {maximum} may be open at one time (`{limit}`).")
        self.limit = limit
        self.maximum = maximum

    def errors(self) -> list[dict[str, Any]]:
        """The one error, with the limit's name and value."""
        extensions = {"code": self.code, "limit": self.limit, "maximum": self.maximum}
        return [{"message": str(self), "extensions": extensions}]


class Unavailable(RequestRefused):
    """The router cannot answer now."""

    status = 503
    code = "SERVICE_UNAVAILABLE"


class Starting(Unavailable):
    """The router is still loading its supergraph. Try again in a moment."""

    code = "STARTING"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class Draining(Unavailable):
    """This process of the router is about to end. Try again: another one answers."""

    code = "DRAINING"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class ViewerUnknowable(Unavailable):
    """Access tokens cannot be verified now: the issuer's keys cannot be read. Try again."""

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class PlanFailed(Unavailable):
    """No plan was found for the operation."""

    status = 500
    code = "QUERY_PLANNING_FAILED"


class InternalFault(Unavailable):
    """The router failed; its log says why."""

    status = 500
    code = "INTERNAL_SERVER_ERROR"


def _entry(error: GraphQLError, code: str) -> dict[str, Any]:
    message = error.message
    if len(message) > _LONGEST:
        # It repeats what the client sent, a name of half a megabyte for example.
        message = message[:_LONGEST] + "…"
    entry: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if error.locations:
        entry["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations
        ]
    return entry
