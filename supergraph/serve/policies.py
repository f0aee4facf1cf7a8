"""@policy: the operator's own function says which policies hold for a viewer."""

from __future__ import annotations

import asyncio
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias, cast

from chassis.identity import Viewer
from supergraph.serve.access import AccessRules
from supergraph.serve.configuration import Configuration, ConfigurationInvalid

Decide: TypeAlias = Callable[
    [Viewer | None, frozenset[str]], Collection[str] | Awaitable[Collection[str]]
]
"""(viewer or nobody known, names of all policies of the supergraph) → those that hold."""

# An answer depends on it, so it is no longer than a client waits anyway.
_SECONDS = 5


class Policies:
    """Asks once for each request, where the supergraph has policies at all.

    Args:
        names: of all policies.
        decide: plain or async; what it raises fails the request, so nothing is shown by mistake.
    """

    def __init__(self, names: frozenset[str], decide: Decide | None) -> None:
        self._names = names
        self._decide = decide

    async def granted(self, viewer: Viewer | None) -> frozenset[str]:
        """The policies that hold for a viewer."""
        if self._decide is None or not self._names:
            return frozenset()
        async with asyncio.timeout(_SECONDS):
            found = self._decide(viewer, self._names)
            return frozenset(await found if inspect.isawaitable(found) else found)


def read_policies(rules: AccessRules, configuration: Configuration) -> Policies:
    """Find the function that `auth.policies` names.

    Raises:
        ConfigurationInvalid: it cannot be found, or the supergraph uses @policy and none is named.
    """
    where = configuration.auth.policies
    if where is None:
        if rules.policies:
            raise ConfigurationInvalid(
                "auth.policies: the supergraph uses @policy; name the function that decides, "
                "package.module:function"
            )
        return Policies(rules.policies, None)
    try:
        found: object = pkgutil.resolve_name(where)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationInvalid(f"auth.policies: {where} cannot be found: {error}") from error
    if not callable(found):
        raise ConfigurationInvalid(f"auth.policies: {where} is no function")
    return Policies(rules.policies, cast("Decide", found))
