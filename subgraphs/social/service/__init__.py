"""What is done between people: one function per use case, one transaction per change.

`following` changes; `reading`, `searching`, `suggesting` answer; `people` finds out who there is;
`loading`, `exporting`, `rebuilding` move many at once.
"""
