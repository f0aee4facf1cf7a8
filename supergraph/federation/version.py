"""Versions of specifications, written `v2.9` in the last part of a @link URL."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """One version of a specification; a greater minor number adds to a smaller one."""

    major: int
    minor: int

    def __str__(self) -> str:
        """As it stands in a URL."""
        return f"v{self.major}.{self.minor}"


_TEXT = re.compile(r"v(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")


def parse_version(text: str) -> Version | None:
    """Read `v2.9`; `None` where the text is not a version."""
    found = _TEXT.fullmatch(text)
    return Version(int(found[1]), int(found[2])) if found else None


FEDERATION_1 = Version(1, 0)
EARLIEST = Version(2, 0)
NEWEST = Version(2, 12)
