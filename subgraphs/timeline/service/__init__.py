"""What is done: one function per use case.

`reading` gives pages, `live` what changes them; `posts` and `follows` bring an event into the
projection and then into the feeds; `building` makes a feed from the projection, `standing` tells
how far both can be trusted; `truth` makes the projection anew from the exports of others.
"""
