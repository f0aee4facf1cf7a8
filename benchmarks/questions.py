"""What front ends ask, and what makes an answer whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import PROJECT

OPERATIONS = PROJECT / "schema" / "operations"
HOME_PAGE = OPERATIONS / "home-timeline.graphql"
PAGE = 20
SUGGESTED = 10


class AnswerBroken(Exception):
    """An answer is not whole."""


@dataclass(frozen=True)
class Question:
    """A stored operation with its variables.

    Attributes:
        text: of the operation.
        variables: as JSON.
        check: takes the answer's data; returns what is counted of it, or raises AnswerBroken.
    """

    text: str
    variables: Mapping[str, Any]
    check: Callable[[Any], str]

    def read(self, answer: Mapping[str, Any]) -> str:
        """What is counted of an answer.

        Raises:
            AnswerBroken: an error, or a hole.
        """
        if answer.get("errors"):
            raise AnswerBroken(answer["errors"][0])
        return self.check(answer["data"])


def home_page() -> Question:
    """The first page of one's home timeline; its state is counted."""
    return Question(_text(HOME_PAGE), {"first": PAGE}, _check_page)


def newest() -> Question:
    """The newest item of one's home timeline: its tweet's id, or nothing."""
    return Question(_text(HOME_PAGE), {"first": 1}, _newest)


def suggestions() -> Question:
    """Whom to follow; how many are given is counted."""
    text = _text(OPERATIONS / "suggestions.graphql")
    return Question(text, {"first": SUGGESTED}, _check_suggestions)


def post(text: str, key: str) -> Question:
    """Post a tweet; its id."""
    given = {"input": {"text": text, "idempotencyKey": key}}
    return Question(_text(OPERATIONS / "post-tweet.graphql"), given, _posted)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _check_page(data: Any) -> str:
    timeline = data["viewer"]["homeTimeline"]
    tweets = [edge["node"]["tweet"] for edge in timeline["edges"]]
    whole = all(tweet and tweet["text"] and tweet["author"]["username"] for tweet in tweets)
    if not whole or (len(tweets) < PAGE and timeline["pageInfo"]["hasNextPage"]):
        raise AnswerBroken(f"{len(tweets)} tweets")
    return str(timeline["state"])


def _newest(data: Any) -> str:
    edges = data["viewer"]["homeTimeline"]["edges"]
    return str(edges[0]["node"]["tweet"]["id"]) if edges else ""


def _check_suggestions(data: Any) -> str:
    edges = data["viewer"]["suggestions"]["edges"]
    if not all(edge["node"]["user"]["username"] and edge["node"]["reasons"] for edge in edges):
        raise AnswerBroken("a suggestion lacks its name or its reasons")
    return str(len(edges))


def _posted(data: Any) -> str:
    posted = data["postTweet"]
    if posted["__typename"] != "TweetPayload":
        raise AnswerBroken(posted)
    return str(posted["tweet"]["id"])
