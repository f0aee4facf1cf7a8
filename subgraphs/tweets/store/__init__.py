"""Every query of this service; a function takes the caller's session and never commits.

`writing` changes tweets and likes, `reading` looks rows up by key, `pages` and `search` read a
window of a list, `cards` keeps the authors' projection, `threads` numbers what happens in a
thread, `counters` holds counts against rows, `world` moves many rows at once.

Reads name their columns, since `search` is as large as the text and never wanted back. Mapped
objects would cost no more (20 tweets: 0.52 ms of CPU against 0.50), but they would have to be
turned into values all the same, so that no session is needed to read a field.
"""
