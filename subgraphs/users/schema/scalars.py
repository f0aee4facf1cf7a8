"""Scalars of the contract that Strawberry does not bring."""

from typing import NewType

import strawberry

# Any text passes: which links are refused is said by the service, as a typed failure.
URL = NewType("URL", str)
URL_SCALAR = strawberry.scalar(name="URL", serialize=str, parse_value=str)
