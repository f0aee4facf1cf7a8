"""Supergraphs for planner tests: read once, planned over, and every fetch checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import GraphQLError, GraphQLSchema, parse, validate

from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.subgraph_schema import subgraph_schema
from supergraph.model.supergraph import Supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import QueryGraph, build_query_graph
from supergraph.query_plan.nodes import QueryPlan
from supergraph.query_plan.printer import fetches


@dataclass(frozen=True)
class World:
    """One supergraph with all that is derived from it."""

    supergraph: Supergraph
    graph: QueryGraph
    api: GraphQLSchema
    subgraphs: dict[str, GraphQLSchema]

    def plan(self, operation: str, name: str | None = None) -> QueryPlan:
        return plan(read_operation(parse(operation), name), self.graph, self.supergraph)

    def faults(self, operation: str) -> list[GraphQLError]:
        """Why the operation is not valid for clients."""
        return validate(self.api, parse(operation))

    def invalid_fetches(self, query_plan: QueryPlan) -> list[str]:
        """Requests that their subgraph's schema refuses, and what they wait for in vain."""
        found: list[str] = []
        before: set[int] = set()
        for fetch in sorted(fetches(query_plan), key=lambda one: one.id):
            errors = validate(self.subgraphs[fetch.subgraph], parse(fetch.operation))
            found += [f"{fetch.subgraph}: {error.message}\n{fetch.operation}" for error in errors]
            if not set(fetch.after) <= before:
                found.append(f"{fetch.id} comes before what it waits for: {fetch.after}")
            before.add(fetch.id)
        return found


@lru_cache(maxsize=128)
def world(sdl: str) -> World:
    supergraph = read_supergraph(sdl)
    return World(
        supergraph=supergraph,
        graph=build_query_graph(supergraph),
        api=api_schema(supergraph),
        subgraphs={g.name: subgraph_schema(supergraph, g.id) for g in supergraph.graphs.values()},
    )
