"""The subgraph as the router speaks to it: signed requests over ASGI."""

from __future__ import annotations

import json
from typing import Any

import httpx

from chassis.identity import Client, Viewer, sign_claims
from chassis.server import ServiceApp
from tests.subgraphs.users.people import PASSWORD, unique, viewer_of

SECRET = "the secret that router and service share"

SIGN_UP = """
mutation ($input: SignUpInput!) { signUp(input: $input) {
  __typename
  ... on AuthTokens { accessToken refreshToken expiresIn }
  ... on UserError { message code field }
} }
"""


class Subgraph:
    """The subgraph as the router speaks to it."""

    def __init__(self, app: ServiceApp, secret: str = SECRET) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://users"
        )
        self._secret = secret.encode()

    async def send(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        viewer: Viewer | None = None,
        client: Client | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        signed = sign_claims(self._secret, body, viewer, client)
        kind = {"content-type": "application/json"}
        return await self._http.post(
            "/graphql", content=body, headers={**kind, **signed, **(headers or {})}
        )

    async def ask(self, query: str, viewer: Viewer | None = None, **variables: Any) -> Any:
        """The whole answer."""
        response = await self.send(query, variables, viewer=viewer)
        assert response.status_code == 200, response.text
        return response.json()

    async def data(self, query: str, viewer: Viewer | None = None, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.ask(query, viewer, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def sign_up(self, username: str | None = None, **more: str) -> Viewer:
        """Make an account; who it is."""
        name = username or unique()
        account = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **more}
        return viewer_of((await self.data(SIGN_UP, input=account))["signUp"]["accessToken"])
