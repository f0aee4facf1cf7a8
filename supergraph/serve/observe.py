"""What is told about an answer: a count by outcome, and the trace that its errors belong to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import prometheus_client
from opentelemetry import trace

from supergraph.serve.request import Answer

_answers = prometheus_client.Counter(
    "graphql_answers", "Answers by outcome: ok, partial, or the code of a refusal", ["outcome"]
)


def observe(answer: Answer) -> Answer:
    """Count the answer; with errors in it, write the trace's id into each of them."""
    _answers.labels(_outcome(answer)).inc()
    context = trace.get_current_span().get_span_context()
    if "errors" not in answer.body or not context.is_valid:
        return answer
    trace_id = trace.format_trace_id(context.trace_id)
    errors = [_with_trace(error, trace_id) for error in answer.body["errors"]]
    return replace(answer, body={**answer.body, "errors": errors})


def _outcome(answer: Answer) -> str:
    if answer.refusal is not None:
        return answer.refusal.code
    return "partial" if "errors" in answer.body else "ok"


def _with_trace(error: dict[str, Any], trace_id: str) -> dict[str, Any]:
    return {**error, "extensions": {**error.get("extensions", {}), "traceId": trace_id}}
