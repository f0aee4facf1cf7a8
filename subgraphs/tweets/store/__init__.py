"""Every query of this service; a function takes the caller's session and never commits.

`writing` changes tweets and likes, `reading` looks rows up by key, `pages` and `search` read a
window of a list, `cards` keeps the authors' projection, `world` loads files.

Reads are SQLAlchemy Core over named columns: a mapped object per row would cost more than the
query (20 tweets: 0.1 ms as tuples, 0.5 ms as mapped objects), and `search` is never wanted back.
"""
