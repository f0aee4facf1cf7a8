"""Scalars of the contract that Strawberry does not bring."""

from typing import NewType

import strawberry

URL = NewType("URL", str)
URL_SCALAR = strawberry.scalar(name="URL", serialize=str, parse_value=str)
