"""What a router loads once and every request reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import GraphQLSchema

from chassis.identity import Caller, sign_claims
from supergraph.execute.context import ExecutionContext
from supergraph.execute.transport import Transport
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Supergraph
from supergraph.serve.access import read_access
from supergraph.serve.authenticate import Authenticator
from supergraph.serve.authorize import Authorized, Authorizer
from supergraph.serve.cold_work import ColdWork
from supergraph.serve.configuration import Configuration, ConfigurationInvalid
from supergraph.serve.lifetimes import Lifetimes
from supergraph.serve.override import Overrides
from supergraph.serve.policies import Policies, read_policies
from supergraph.serve.prepare import Preparer
from supergraph.serve.quota import Quota
from supergraph.serve.revocation import Revocations

_SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Router:
    """One supergraph, ready to be asked.

    Attributes:
        secret: signs the claims that subgraphs get; none are sent without it.
        timeouts: seconds per request to a subgraph, by its name.
        revocations: sessions whose tokens are refused.
        overrides: the query graph for a request, by the labels that are on for it.
        lifetimes: ends what clients keep open.
        streams: bounds how many subscriptions each of them has.
    """

    supergraph: Supergraph
    api_schema: GraphQLSchema
    overrides: Overrides
    cold_work: ColdWork
    preparer: Preparer
    authenticator: Authenticator
    authorizer: Authorizer
    policies: Policies
    transport: Transport
    secret: bytes | None
    timeouts: Mapping[str, float]
    revocations: Revocations
    lifetimes: Lifetimes
    streams: Quota

    def context(
        self, authorized: Authorized, variables: Mapping[str, Any], caller: Caller
    ) -> ExecutionContext:
        """What the executor needs for one request.

        Args:
            authorized: what this viewer may not see.
            variables: coerced.
            caller: the viewer and client whose claims are signed for the subgraphs.
        """
        return ExecutionContext(
            supergraph=self.supergraph,
            api_schema=self.api_schema,
            transport=self.transport,
            variables=variables,
            denied=authorized.denied,
            denied_types=authorized.denied_types,
            timeouts=self.timeouts,
            sign=None if self.secret is None else partial(_sign, self.secret, caller),
        )


def load_router(
    sdl: str,
    configuration: Configuration,
    transport: Callable[[Supergraph], Transport],
    environ: Mapping[str, str] | None = None,
) -> Router:
    """Read a supergraph and join everything that serves it.

    Args:
        sdl: the supergraph, from any composer.
        configuration: read from `router.yaml`.
        transport: made for the supergraph that was read.
        environ: where the secret is; the process's environment when not given.

    Raises:
        SupergraphInvalid: the text is no supergraph.
        ConfigurationInvalid: the secret is missing, or the configuration does not fit.
    """
    supergraph = read_supergraph(sdl)
    visible = api_schema(supergraph)
    rules = read_access(supergraph)
    cold_work = ColdWork()
    shows_schema = configuration.introspection == "on"
    revocation = configuration.auth.revocation
    revocations = Revocations(revocation.keep_seconds if revocation else 0)
    return Router(
        supergraph=supergraph,
        api_schema=visible,
        overrides=Overrides(supergraph, configuration.override_labels),
        cold_work=cold_work,
        preparer=Preparer(visible, configuration.limits, cold_work, introspection=shows_schema),
        authenticator=Authenticator(configuration.auth),
        authorizer=Authorizer(visible, rules),
        policies=read_policies(rules, configuration),
        transport=transport(supergraph),
        secret=read_secret(configuration, os.environ if environ is None else environ),
        timeouts={name: section.timeout for name, section in configuration.subgraphs.items()},
        revocations=revocations,
        lifetimes=Lifetimes(revocations),
        streams=Quota("per_identity", configuration.subscriptions.per_identity),
    )


def read_secret(configuration: Configuration, environ: Mapping[str, str]) -> bytes | None:
    """The secret that signs claims, if one is configured.

    Raises:
        ConfigurationInvalid: its variable is not set, or too short.
    """
    name = configuration.auth.router_secret_env
    if name is None:
        return None
    secret = environ.get(name, "")
    if len(secret) < _SHORTEST_SECRET:
        raise ConfigurationInvalid(
            f"auth.router_secret_env: the environment variable {name} must hold "
            f"{_SHORTEST_SECRET} characters or more"
        )
    return secret.encode()


def read_nats_url(configuration: Configuration, environ: Mapping[str, str]) -> str | None:
    """Where revocations are heard, if that is configured.

    Raises:
        ConfigurationInvalid: its variable is not set.
    """
    section = configuration.auth.revocation
    if section is None:
        return None
    url = environ.get(section.nats_url_env, "")
    if not url.startswith(("nats://", "tls://")):
        raise ConfigurationInvalid(
            f"auth.revocation.nats_url_env: the environment variable {section.nats_url_env} must "
            "hold the URL of NATS, nats://user:password@host:port"
        )
    return url


def _sign(secret: bytes, caller: Caller, body: bytes) -> Mapping[str, str]:
    return sign_claims(secret, body, caller.viewer, caller.client)
