"""`plan`: supergraph and operation → query plan."""

from __future__ import annotations

import argparse
import json
import sys
from functools import lru_cache

from graphql import GraphQLError, GraphQLSchema

from supergraph.commands.batch import answer_lines
from supergraph.commands.terminal import (
    FINDING,
    OK,
    Json,
    WrongUse,
    entry_of,
    read_file,
    tell,
    write_out,
)
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import SupergraphInvalid
from supergraph.plan import plan
from supergraph.plan.errors import PlanError
from supergraph.query_graph.build import QueryGraph, build_query_graph
from supergraph.query_plan.nodes import QueryPlan
from supergraph.query_plan.printer import count_requests, depth, plan_to_json, print_plan
from supergraph.serve.prepare import read_document
from supergraph.serve.refusals import OperationRefused

_LOADED = 64


def plan_command(arguments: argparse.Namespace) -> int:
    """Supergraph and operation → query plan."""
    if arguments.batch:
        return answer_lines(_plan_line)
    if arguments.supergraph is None:
        raise WrongUse("No supergraph is given: name its file by --supergraph.")
    sdl = read_file(arguments.supergraph)
    text = read_file(arguments.operation) if arguments.operation else sys.stdin.read()
    found = _plan(sdl, text, arguments.name, frozenset(arguments.label or ()))
    if isinstance(found, list):
        tell(*found, {"next": "Mend the operation, or the supergraph that it was written for."})
        return FINDING
    as_json = arguments.format == "json"
    write_out(json.dumps(plan_to_json(found), indent=2) if as_json else print_plan(found))
    return OK


def _plan_line(line: Json) -> Json:
    labels = frozenset[str](line.get("labels") or ())
    found = _plan(line["supergraph"], line["operation"], line.get("name"), labels)
    if isinstance(found, list):
        return {"errors": found}
    return {"plan": print_plan(found), "requests": count_requests(found), "depth": depth(found)}


def _plan(sdl: str, text: str, name: str | None, labels: frozenset[str]) -> QueryPlan | list[Json]:
    try:
        visible, graph = _loaded(sdl, labels)
        return plan(read_document(text, name, visible), graph, graph.supergraph)
    except OperationRefused as refused:
        return [{"code": refused.code, "message": e["message"]} for e in refused.errors()]
    except (SupergraphInvalid, PlanError, GraphQLError) as error:
        return [entry_of(error)]


@lru_cache(_LOADED)
def _loaded(sdl: str, labels: frozenset[str]) -> tuple[GraphQLSchema, QueryGraph]:
    supergraph = read_supergraph(sdl)
    return api_schema(supergraph), build_query_graph(supergraph, labels)
