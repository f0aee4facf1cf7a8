"""Page cursors: signed, so that nobody pages from a place that we did not hand out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from itsdangerous import BadData, Serializer, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

LONGEST = 1024
# Bytes of JSON. A page has a cursor at each item: what is short is not worth compressing.
SHORT = 256


class CursorInvalid(Exception):
    """This cursor was not made by us for this list."""


class CursorSigner:
    """Encodes the place in a list as opaque text, and reads back only its own.

    Args:
        secret: MT_CURSOR_SECRET, 32 characters or more.
    """

    def __init__(self, secret: str | bytes) -> None:
        self._secret = secret
        self._serializers: dict[str, URLSafeSerializer] = {}

    def encode(self, kind: str, values: Sequence[str | int]) -> str:
        """Turn the sort key of a row into a cursor for lists of `kind`, URL-safe."""
        return self._serializer(kind).dumps(list(values))

    def decode(self, kind: str, cursor: str) -> list[str | int]:
        """Give back the values of `encode(kind, …)`.

        Raises:
            CursorInvalid: altered, of another kind, or longer than 1,024 characters.
        """
        if len(cursor) > LONGEST:
            raise CursorInvalid
        try:
            values: object = self._serializer(kind).loads(cursor)
        # Other than BadData: text that is not even ASCII.
        except (BadData, ValueError) as error:
            raise CursorInvalid from error
        return cast("list[str | int]", values)

    def _serializer(self, kind: str) -> URLSafeSerializer:
        found = self._serializers.get(kind)
        if found is None:
            # The kind is part of the key: a cursor of one list is no cursor of another.
            found = _QuickSerializer(
                self._secret, salt=f"cursor.{kind}", signer_kwargs={"digest_method": hashlib.sha256}
            )
            self._serializers[kind] = found
        return found


class _QuickSerializer(URLSafeSerializer):
    """Makes its signer once and compresses what is long; reads whatever its parent wrote."""

    @cached_property
    def _signer(self) -> Signer:
        return super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """Give the signer; its salt never changes."""
        return self._signer if salt is None else super().make_signer(salt)

    def dump_payload(self, obj: Any) -> bytes:
        """Write JSON in base64, compressed only where it is long."""
        json = Serializer[str].dump_payload(self, obj)
        return base64_encode(json) if len(json) <= SHORT else super().dump_payload(obj)
