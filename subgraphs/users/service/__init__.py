"""What is done: one function per use case, one transaction each.

`signup`, `login`, `sessions`, `profile` change something, `reading` looks users up, `world` loads
a file of them, `exporting` writes the truth for others. `limiting` counts
attempts to log in. `passwords` hashes in a bounded pool; `resources` is what all of them work with.
"""
