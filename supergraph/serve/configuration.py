"""`router.yaml` as values: every key, its type and its default.

`${NAME}` inside a value is taken from the environment. Without a file every default holds, which
serves any supergraph openly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class ConfigurationInvalid(ValueError):
    """The configuration cannot be used; the message names every fault by its key."""


def _word_for_switch(value: object) -> object:
    """YAML reads a bare `on` and `off` as booleans."""
    return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


Switch = Annotated[Literal["on", "off"], BeforeValidator(_word_for_switch)]
Seconds = Annotated[float, Field(gt=0, le=300)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SubgraphSection(_Section):
    """Where one subgraph answers and how long it may take.

    Attributes:
        urls: used in turn; a read moves on to the next when a connection fails. Without any, the
            URL in the supergraph holds.
        timeout: seconds for one request.
    """

    urls: tuple[Url, ...] = ()
    timeout: Seconds = 2.0


class SharingSection(_Section):
    """Whether identical reads in flight share one request; not in force yet, so only `off`."""

    subgraph: Switch = "off"
    client: Switch = "off"

    @field_validator("subgraph", "client")
    @classmethod
    def _off(cls, value: str) -> str:
        if value == "on":
            raise ValueError("not in force yet, only `off` is accepted")
        return value


class RevocationSection(_Section):
    """How the router hears that a session ended before its tokens do.

    Attributes:
        subject: of the events that say so, in the stream of events.
        nats_url_env: name of the environment variable with the URL of NATS.
        claim: of an access token, the session that it belongs to.
        session_field: of an event's data, the session that ended; null for all of the user.
        user_field: of an event's data, the user whose session it is.
        keep_seconds: how long an access token can live, and so how long its end is remembered.
    """

    subject: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$")]
    nats_url_env: str = "MT_NATS_URL"
    claim: str = "sid"
    session_field: str = "sessionId"
    user_field: str = "userId"
    keep_seconds: int = Field(default=900, gt=0, le=86_400)


class AuthSection(_Section):
    """How viewers are known, and how subgraphs know that the router speaks.

    Attributes:
        jwks_url: where the issuer's public keys are; of several the next is asked when one fails;
            without it every viewer is unknown.
        issuer: the `iss` that access tokens must name.
        audience: the `aud` that access tokens must name.
        router_secret_env: name of the environment variable with the secret (32 characters or
            more) that signs the claims sent to subgraphs; without it no claims are sent.
        policies: the function that says which policies of @policy hold for a viewer, written
            `package.module:function`; needed where the supergraph has some.
        revocation: without it an access token holds until it ends.
    """

    jwks_url: Url | tuple[Url, ...] | None = None
    issuer: str | None = None
    audience: str | None = None
    router_secret_env: str | None = None
    policies: str | None = None
    revocation: RevocationSection | None = None

    @property
    def jwks_urls(self) -> tuple[str, ...]:
        """Every URL of the issuer's keys."""
        return (self.jwks_url,) if isinstance(self.jwks_url, str) else self.jwks_url or ()

    @model_validator(mode="after")
    def _whole(self) -> AuthSection:
        parts = {"jwks_url": self.jwks_url, "issuer": self.issuer, "audience": self.audience}
        missing = [name for name, value in parts.items() if not value]
        if 0 < len(missing) < len(parts):
            raise ValueError(f"tokens need {' and '.join(missing)} besides")
        if self.revocation is not None and missing:
            raise ValueError("revocation needs jwks_url, issuer and audience besides")
        return self


class LimitsSection(_Section):
    """What one request may ask for.

    Attributes:
        body_bytes: size of the body, after decompression.
        tokens: lexical tokens of the document.
        nesting: brackets of any kind inside each other, in the document's text.
        depth: fields inside each other, fragments expanded.
        fields: fields in all, fragments expanded.
        aliases: aliased fields, fragments expanded.
        root_fields: fields at the root, fragments expanded.
        directives: applications of directives, fragments expanded.
    """

    body_bytes: int = Field(default=1_000_000, gt=0)
    tokens: int = Field(default=5_000, gt=0)
    nesting: int = Field(default=100, gt=0, le=150)
    depth: int = Field(default=40, gt=0)
    fields: int = Field(default=5_000, gt=0)
    aliases: int = Field(default=200, gt=0)
    root_fields: int = Field(default=100, gt=0)
    directives: int = Field(default=200, gt=0)


class SubscriptionsSection(_Section):
    """What clients may keep open, counted by each process of the router for itself.

    An identity is the viewer; for those who are not logged in, the address they come from.

    Attributes:
        init_timeout: seconds from a WebSocket's handshake to its `connection_init`.
        ping_seconds: how often an open WebSocket is sent a ping, which must be answered before the
            next; on streams of events, how often a comment keeps proxies from closing them.
        per_socket: operations at one time on one WebSocket.
        sockets_per_identity: open WebSockets.
        per_identity: open subscriptions, over any transport.
        pending_per_address: WebSockets whose `connection_init` has not come yet.
        buffer: answers of one operation that wait for a client to read them.
        buffer_bytes: size of all that wait on one WebSocket or stream of events.
    """

    init_timeout: Seconds = 10.0
    ping_seconds: Seconds = 15.0
    per_socket: int = Field(default=100, gt=0)
    sockets_per_identity: int = Field(default=100, gt=0)
    per_identity: int = Field(default=500, gt=0)
    pending_per_address: int = Field(default=1_000, gt=0)
    buffer: int = Field(default=64, gt=0)
    buffer_bytes: int = Field(default=4_000_000, gt=0)


class TelemetrySection(_Section):
    """What is told about requests.

    Attributes:
        traces: `off`, `zipkin:URL` or `file:PATH`; without it, `MT_TRACES`.
        log_level: without it, `MT_LOG_LEVEL`.
    """

    traces: Annotated[str | None, BeforeValidator(_word_for_switch)] = None
    log_level: Literal["debug", "info", "warning", "error"] | None = None


class CorsSection(_Section):
    """Which other sites' pages may ask.

    Attributes:
        origins: exact origins such as `https://app.example.com`, or `*` alone.
        max_age: seconds that browsers may keep a preflight's answer.
    """

    origins: tuple[Annotated[str, Field(pattern=r"^(\*|https?://[^/\s*]+)$")], ...] = ()
    max_age: int = Field(default=600, ge=0)


class Configuration(_Section):
    """All of `router.yaml`.

    Attributes:
        csrf: `on` refuses GET requests that a browser marks as another site's; `strict` wants a
            header that forces a preflight on every GET; POST always needs JSON.
        override_labels: percent of requests by label of an `@override(label:)`; a label that is
            neither here nor `percent(n)` is off.
        introspection: whether clients may ask for the schema; `off` also ends suggestions.
        trusted_proxies: networks such as `10.0.0.0/8` whose `X-Forwarded-For` is believed; from all
            others it is not, and the client is whoever connects.
        playground: folder of static files served at `/`.
        playground_config: JSON file served at `/playground.json`.
    """

    subgraphs: Mapping[str, SubgraphSection] = {}
    sharing: SharingSection = SharingSection()
    auth: AuthSection = AuthSection()
    limits: LimitsSection = LimitsSection()
    override_labels: Mapping[str, Annotated[float, Field(ge=0, le=100)]] = {}
    subscriptions: SubscriptionsSection = SubscriptionsSection()
    telemetry: TelemetrySection = TelemetrySection()
    cors: CorsSection = CorsSection()
    csrf: Annotated[Literal["on", "off", "strict"], BeforeValidator(_word_for_switch)] = "on"
    introspection: Switch = "on"
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    playground: Path | None = None
    playground_config: Path | None = None

    @field_validator("playground", "playground_config")
    @classmethod
    def _beside_the_file(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = cast("Mapping[str, Path]", info.context or {}).get("folder")
        return folder / value if value and folder else value


def read_configuration(
    path: Path | None, environ: Mapping[str, str] | None = None
) -> Configuration:
    """Read `router.yaml`; without a path, all defaults.

    Relative paths in it start at its own folder.

    Raises:
        ConfigurationInvalid: unreadable, not YAML, a variable that is not set, an unknown key or
            a wrong value; all faults at once.
    """
    if path is None:
        return Configuration()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"{path} cannot be read: {error}") from error
    try:
        written: object = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigurationInvalid(f"{path} is not YAML: {error}") from error
    return _configuration(written, path, os.environ if environ is None else environ)


def _configuration(written: object, path: Path, environ: Mapping[str, str]) -> Configuration:
    faults: list[str] = []
    filled = _fill(written, (), environ, lambda key, fault: faults.append(f"{key}: {fault}"))
    try:
        configuration = Configuration.model_validate(
            filled, context={"folder": path.absolute().parent}
        )
    except ValidationError as error:
        faults += [_fault(found["loc"], found["type"], found["msg"]) for found in error.errors()]
        raise ConfigurationInvalid(_message(path, faults)) from error
    if faults:
        raise ConfigurationInvalid(_message(path, faults))
    return configuration


def _fill(
    value: Any,
    key: tuple[str, ...],
    environ: Mapping[str, str],
    fault: Callable[[str, str], None],
) -> Any:
    """The value with every `${NAME}` replaced, in maps and lists too."""
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return {k: _fill(v, (*key, str(k)), environ, fault) for k, v in entries}
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [_fill(v, (*key, str(i)), environ, fault) for i, v in enumerate(items)]
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if name not in environ:
            fault(".".join(key), f"the environment variable {name} is not set")
    return _VARIABLE.sub(lambda match: environ.get(match[1], match[0]), value)


def _fault(location: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(str(part) for part in location) or "the file"
    if kind == "extra_forbidden":
        return f"{key}: no such key"
    return f"{key}: {message.removeprefix('Value error, ')}"


def _message(path: Path, faults: list[str]) -> str:
    return "\n".join([f"{path} cannot be used:", *(f"  {fault}" for fault in faults)])
