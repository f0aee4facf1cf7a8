"""A plain client of the routers: logs a person in and sends stored operations."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

OPERATIONS = Path(__file__).resolve().parents[1] / "schema" / "operations"
# Before an access token ends, for clocks and slow answers.
EARLY_SECONDS = 60.0
ASK_SECONDS = 10.0


class Refused(Exception):
    """The router answered, but not with what was asked for."""


@dataclass(frozen=True)
class Person:
    """Who logs in."""

    username: str
    password: str


class Session:
    """A person's tokens at one of some routers.

    Args:
        routers: origins; when the first is away it goes to the end, for all who share them.
    """

    def __init__(self, routers: deque[str]) -> None:
        self._routers = routers
        self._access = ""
        self._refresh = ""
        self._ends = 0.0

    def enter(self, person: Person) -> None:
        """Log in.

        Raises:
            Refused: unknown, or another password.
            OSError: no router answers.
        """
        given = {"username": person.username, "password": person.password}
        self._keep(self.ask("log-in", {"input": given}))

    def sign_up(self, person: Person) -> None:
        """Make the account.

        Raises:
            Refused: there is one by that name, or what is given cannot be.
            OSError: no router answers.
        """
        given = {
            "username": person.username,
            "email": f"{person.username}@example.org",
            "password": person.password,
            "displayName": person.username.replace("_", " ").title(),
        }
        self._keep(self.ask("sign-up", {"input": given}))

    def stay(self) -> None:
        """Change tokens that end soon for new ones."""
        if time.monotonic() > self._ends:
            self._keep(self.ask("refresh", {"refreshToken": self._refresh}))

    def ask(self, operation: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The one field that a stored operation asks for.

        Raises:
            Refused: it failed, or gave a typed error.
            OSError: no router answers.
        """
        query = (OPERATIONS / f"{operation}.graphql").read_text(encoding="utf-8")
        answer = self._send(json.dumps({"query": query, "variables": variables}).encode())
        (field,) = (answer.get("data") or {None: None}).values()
        if answer.get("errors") or field is None or "code" in field:
            raise Refused(f"{operation}: {answer.get('errors') or field}")
        return field

    def _send(self, body: bytes) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        if self._access:
            headers["authorization"] = f"Bearer {self._access}"
        request = Request(f"{self._routers[0]}/graphql", body, headers)  # noqa: S310 -- our own router
        try:
            with urlopen(request, timeout=ASK_SECONDS) as answer:  # noqa: S310 -- as above
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise Refused(f"{error.code} {error.read(300)!r}") from error
        except OSError:
            self._routers.rotate(-1)
            raise

    def _keep(self, tokens: Mapping[str, Any]) -> None:
        self._access, self._refresh = tokens["accessToken"], tokens["refreshToken"]
        self._ends = time.monotonic() + tokens["expiresIn"] - EARLY_SECONDS
