"""Every query of this service; a function takes the caller's session and never commits.

In Postgres: `projection` brings an event's state in, `pages` reads home timelines from it,
`followers` says whom a tweet reaches, `truth` takes exports. In Redis: `feeds` keeps ready-made
feeds by the scripts in `lua`, one per verb, each of them one step that nothing else comes between.
"""
