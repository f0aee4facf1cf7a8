"""Tweets: their text, the likes and replies counted on them, a person's tweets, and search.

Owns every tweet and every like, in Postgres, and tells the others by events with ids only. Keeps a
projection of author cards (name, display name, avatar) so that a page of tweets needs no other
service. Never writes a user, never reads another service's tables, never trusts a request that the
router has not signed.
"""
