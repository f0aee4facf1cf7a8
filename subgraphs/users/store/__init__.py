"""Every query of this service; a function takes the caller's session and never commits.

`accounts`, `sessions` and `attempts` read and change what their names say, `world` moves many
users at once.

Reads are SQLAlchemy Core over named columns, so that no password hash is ever read but by `login`.
"""
