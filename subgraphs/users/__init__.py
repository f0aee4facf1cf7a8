"""Users: who someone is, how they prove it, and their sessions.

Owns accounts, profiles, passwords, sessions and refresh tokens, in Postgres, and answers `node`. It
never shows an email to anyone but its owner, never gives a password hash away, and knows nothing of
what people write or whom they follow. Others learn of changes by events with ids, names and flags.
"""
