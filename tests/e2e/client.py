"""A plain GraphQL-over-HTTP client, as a front end would write it, over the stored operations."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx

OPERATIONS = Path(__file__).resolve().parents[2] / "schema" / "operations"


class Client:
    """One person's client: remembers tokens, sends stored operations by file name."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.access_token: str | None = None
        self.refresh_token: str | None = None
        self.username = ""

    def send(self, operation: str, **variables: Any) -> dict[str, Any]:
        """Send `schema/operations/<operation>.graphql`; the whole answer."""
        return self.send_text((OPERATIONS / f"{operation}.graphql").read_text(), variables)

    def send_text(self, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send any document; the whole answer, whatever its status."""
        headers = {"accept": "application/graphql-response+json"}
        if self.access_token:
            headers["authorization"] = f"Bearer {self.access_token}"
        body = {"query": text, "variables": variables or {}}
        return self.http.post("/graphql", json=body, headers=headers).json()

    def data(self, operation: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that must have no errors."""
        answer = self.send(operation, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def sign_up(self, name: str) -> None:
        """Make a new account and keep its tokens."""
        self.username = f"{name}_{uuid.uuid4().hex[:8]}"
        account = {
            "username": self.username,
            "email": f"{self.username}@example.org",
            "password": "correct horse battery",
            "displayName": name.capitalize(),
        }
        self.keep(self.data("sign-up", input=account)["signUp"])

    def keep(self, tokens: dict[str, Any]) -> None:
        """Use these tokens from now on."""
        assert tokens["__typename"] == "AuthTokens", tokens
        self.access_token, self.refresh_token = tokens["accessToken"], tokens["refreshToken"]

    def post(self, text: str, **more: Any) -> dict[str, Any]:
        """Post a tweet; the tweet."""
        answer = self.data("post-tweet", input={"text": text, **idempotent(), **more})["postTweet"]
        assert answer["__typename"] == "TweetPayload", answer
        return answer["tweet"]

    def follow(self, other: str) -> dict[str, Any]:
        """Follow a person by id; the payload."""
        answer = self.data("follow", userId=other)["follow"]
        assert answer["__typename"] == "RelationshipPayload", answer
        return answer

    @property
    def id(self) -> str:
        """One's own global id as a user."""
        answer = self.send_text("query Me { viewer { user { id } } }")
        return answer["data"]["viewer"]["user"]["id"]

    def home(self, **arguments: Any) -> dict[str, Any]:
        """A page of one's home timeline."""
        return self.data("home-timeline", **arguments)["viewer"]["homeTimeline"]


def tweets_of(page: dict[str, Any]) -> list[dict[str, Any]]:
    """The tweets of a page of the home timeline, null where one is gone."""
    return [edge["node"]["tweet"] for edge in page["edges"]]


def idempotent() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"idempotencyKey": uuid.uuid4().hex}
