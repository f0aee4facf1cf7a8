"""Serve a supergraph: the way of a request through the router, the same for every transport.

`pipeline` is the table of contents. `router` holds what is loaded once, `app` joins the parts to
a served application, `graphql_over_http` is the transport that there is.
"""
