"""Who follows whom: grown by preferential attachment, or read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from stack.errors import WorldInvalid

Edge = tuple[int, int]
FOLLOWS_PER_USER = 8
# How often somebody who is followed follows back.
RECIPROCITY = 0.3


def grow(users: int, seed: int) -> list[Edge]:
    """Follows among users 0 … users-1, in the order in which they come about.

    Each newcomer follows up to 8 earlier people, one as likely as it already has followers plus
    one; some follow back. So a few have very many followers and most have few (a power law), and
    the follows among the first n users are the same however many come after them.

    Returns:
        Pairs (actor, target), without repeats.

    Source:
        Barabási and Albert, Emergence of scaling in random networks, Science 286 (1999).
    """
    edges: list[Edge] = []
    # Everyone once, and once more for each follower: a uniform draw is a preferential one.
    urn: list[int] = []
    for newcomer in range(users):
        random = Random(f"{seed}/follows/{newcomer}")  # noqa: S311 -- chance, not secrecy
        for target in _draw(random, urn, min(newcomer, FOLLOWS_PER_USER)):
            edges.append((newcomer, target))
            urn.append(target)
            if random.random() < RECIPROCITY:
                edges.append((target, newcomer))
                urn.append(newcomer)
        urn.append(newcomer)
    return edges


def read_edges(path: Path) -> list[Edge]:
    """Read undirected pairs, one `a b` a line, users counted from 0; each becomes two follows.

    A first line `users edges` is taken as a header when its count of pairs fits.

    Returns:
        Pairs (actor, target), without repeats or self-follows, in the order of the file.

    Raises:
        WorldInvalid: unreadable, or a line that is not two numbers.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WorldInvalid(
            what=f"{path} cannot be read ({error})", fix="name an edge list"
        ) from None
    pairs = [_pair(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if pairs and pairs[0][1] == len(pairs) - 1:
        pairs = pairs[1:]
    both = [edge for a, b in pairs if a != b for edge in ((a, b), (b, a))]
    if not both:
        raise WorldInvalid(what=f"{path} has no pairs", fix="one `a b` a line, counted from 0")
    return list(dict.fromkeys(both))


def count_users(edges: Sequence[Edge]) -> int:
    """How many users the pairs speak of: the highest number and one."""
    return max(max(edge) for edge in edges) + 1


def _draw(random: Random, urn: list[int], count: int) -> list[int]:
    targets: dict[int, None] = {}
    while len(targets) < count:
        targets[random.choice(urn)] = None
    return list(targets)


def _pair(path: Path, number: int, line: str) -> Edge:
    words = line.split()
    if len(words) != 2 or not all(word.isascii() and word.isdigit() for word in words):  # noqa: PLR2004 -- a pair
        fix = "write two user numbers, as `17 4`"
        raise WorldInvalid(what=f"{path} line {number} is {line!r:.40}", fix=fix)
    return int(words[0]), int(words[1])
