"""A migrated graph, emptied for each test; one Neo4j for the run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.neo4j import Graph
from stack.neo4j import Neo4j, url_for
from subgraphs.social.store.migrations import migrate


@pytest.fixture
async def graph(neo4j_server: Neo4j) -> AsyncIterator[Graph]:
    graph = Graph.connect(url_for(neo4j_server.port, neo4j_server.password))
    await migrate(graph)
    await graph.driver.execute_query("MATCH (n) WHERE NOT n:Migration DETACH DELETE n")
    yield graph
    await graph.close()
