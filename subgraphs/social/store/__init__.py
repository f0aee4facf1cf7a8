"""Every query of this service, with bound parameters only.

`following` changes edges, `people` what is known of a person; `lists`, `standing`, `suggesting`,
`searching` and `paths` read; `world` loads, exports and rebuilds; `migrations` makes constraints
and indexes. What changes takes the caller's transaction and never commits.

A person is `(:User {id, username, displayName, usernameKey, nameKey, protected, searchable,
version, createdMs, lastPostMs, seq})`, a follow `[:FOLLOWS {at, version}]`. `seq` is the actor's
version: it grows with each follow and unfollow of theirs. Counts are degrees, which Neo4j keeps
itself and which therefore are never wrong.
"""
