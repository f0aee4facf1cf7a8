"""Who follows whom, and what follows from it: suggestions, search by nearness, paths.

Owns every edge between people, in Neo4j, and tells the others by events with ids only. Keeps as
much of a person as search and suggestions need (names, the time of the last post), fed by users'
and tweets' events. Owns no person, never reads another service's tables, never trusts a request
that the router has not signed.
"""
