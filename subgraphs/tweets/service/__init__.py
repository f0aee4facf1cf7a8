"""What is done with tweets: one function per use case, one transaction per change.

`posting`, `liking` change; `reading`, `searching` answer; `threads` follows; `authors` finds out
who wrote. `loading` takes in a world, `exporting` writes the truth for others, `rebuilding` makes
anew what is kept of others and what is counted.
"""
