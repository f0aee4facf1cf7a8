"""The router: composes subgraph schemas, plans operations over them, executes the plans, serves it.

The flow, readable from the folders:
`compose → model → query_graph → plan → query_plan → execute → serve`.
Nothing here knows what a tweet is.
"""
