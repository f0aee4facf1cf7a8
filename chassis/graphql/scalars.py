"""Scalars that Strawberry does not bring."""

from typing import Final, NewType

import strawberry

# Any text passes: which links are refused is said by each service, as a typed failure.
URL = NewType("URL", str)
URL_SCALAR: Final = strawberry.scalar(name="URL", serialize=str, parse_value=str)
