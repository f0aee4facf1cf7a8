"""Neo4j, for a service whose truth is a graph: reads, transactions, outbox and inbox as nodes."""

from __future__ import annotations

from chassis.neo4j.events import SCHEMA, Neo4jOutbox, Tx, handle_once, record
from chassis.neo4j.graph import Graph, Row, StoreUnavailable

__all__ = [
    "SCHEMA",
    "Graph",
    "Neo4jOutbox",
    "Row",
    "StoreUnavailable",
    "Tx",
    "handle_once",
    "record",
]
