"""What a resolver finds in `info.context`: who asks, from where, and through what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import strawberry

from subgraphs.users.loaders import Loaders
from subgraphs.users.model.errors import NotSignedIn
from subgraphs.users.model.values import Client
from subgraphs.users.service.resources import Resources


@dataclass(frozen=True)
class SignedIn:
    """Who the verified claims say is asking: the user and the session of the token."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class Context:
    """One request's context."""

    viewer: SignedIn | None
    client: Client
    resources: Resources
    loaders: Loaders

    def signed_in(self) -> SignedIn:
        """Give the viewer.

        Raises:
            NotSignedIn: there is none. The router cuts such fields before; this is the second lock.
        """
        if self.viewer is None:
            raise NotSignedIn
        return self.viewer


Info: TypeAlias = strawberry.Info[Context, None]
