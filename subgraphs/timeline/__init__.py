"""The home timeline: which tweets a person sees, in which order, paged, and live.

Owns no tweet, no person and no follow: it keeps a projection of them in Postgres, fed by events,
that can answer any page by itself. Redis holds ready-made feeds, which may be thrown away at any
moment. Gives ids only, never reads another service's tables, never trusts a request that the
router has not signed.
"""
