"""How long it takes from a post to a follower's page that shows it."""

from __future__ import annotations

import random
import time
import uuid

from benchmarks.loading import Loaded
from benchmarks.questions import newest, post
from benchmarks.reading import Reader, Run


async def post_and_look(reader: Reader, loaded: Loaded, posts: int) -> Run:
    """The most followed person posts; a follower drawn at random reads until it is there.

    It is measured from the moment the post is sent to the answer that shows it, so the last look's
    own time counts, and the CPU of all looks.
    """
    author = loaded.most_followed()
    followers = loaded.followers(author)
    draw = random.Random(1)  # noqa: S311 -- chance, not secrecy
    question = newest()

    async def all_of_them(seconds: list[float]) -> None:
        for number in range(posts):
            follower = draw.choice(followers)
            began = time.perf_counter()
            tweet = await reader.ask(author, post(f"Post {number}", str(uuid.uuid4())))
            while await reader.ask(follower, question) != tweet:
                pass
            seconds.append(time.perf_counter() - began)

    return await reader.measure(all_of_them)
