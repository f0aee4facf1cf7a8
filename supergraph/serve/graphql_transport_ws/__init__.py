"""GraphQL over WebSocket: the protocol `graphql-transport-ws`, for every kind of operation.

`endpoint` takes or refuses a handshake, `connection` is one WebSocket, `operations` what runs on
it, `messages` and `closing` what goes over the wire; `protocol` is how the server carries it.

See https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from supergraph.serve.graphql_transport_ws.endpoint import GraphQLTransportWS

__all__ = ["GraphQLTransportWS"]
