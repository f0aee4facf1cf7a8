"""Serve a supergraph: the way of a request through the router, the same for every transport.

`pipeline` is the table of contents: its steps are `prepare`, `authenticate`, `authorize` and the
planner's and executor's front doors. The transports are `graphql_over_http` (with `stream_response`
in one of `stream_formats`) and `graphql_transport_ws`; what they keep open is bounded by `quota`
and `outgoing` and ended by `lifetimes` (token, session, drain) and `revocation`. `router` holds
what is loaded once, `app` joins the parts to a served application, `process` runs it.
"""
