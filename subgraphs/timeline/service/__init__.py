"""What is done: one function per use case.

`reading` gives pages, `live` what changes them; `arriving` brings an event into the projection,
`effects` into the feeds; `building` makes a feed from the projection, `standing` tells how far
both can be trusted, `bells` who listens; `truth` makes the projection anew from exports.
"""
