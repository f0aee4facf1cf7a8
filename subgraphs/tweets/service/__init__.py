"""What is done with tweets: one function per use case, one transaction per change.

`posting`, `liking` change; `reading`, `searching` answer; `authors` finds out who wrote.
"""
