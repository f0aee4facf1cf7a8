"""The language between planner and executor: a query plan, in Apollo's words, as plain data."""
