"""Every query of this service; a function takes the caller's session and never commits.

`accounts` and `sessions` read and change what their names say, `world` takes in a file of users.

Reads are SQLAlchemy Core over named columns, so that no password hash is ever read but by `login`.
"""
