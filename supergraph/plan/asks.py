"""What an operation asks for once it is normalised: a tree without fragments or repetition."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql.language import ArgumentNode

Conditions = frozenset[tuple[str, bool]]
"""`(variable, value)`: all of them must hold; from @include (`True`) and @skip (`False`)."""

ALWAYS: Conditions = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One field that is asked for.

    Attributes:
        key: the response key.
        arguments: as the client wrote them.
        conditions: of this field alone; those above it stand there.
        on: the object type that the field is asked of; `None` where it is asked of whatever the
            place holds.
        children: empty for a leaf.
        is_composite: whether the field has objects below it.
        is_plain: nothing at or below it is asked of one object type only, or is `__typename`.
    """

    key: str
    name: str
    arguments: tuple[ArgumentNode, ...] = ()
    conditions: Conditions = ALWAYS
    on: str | None = None
    children: tuple[Ask, ...] = ()
    is_composite: bool = False
    is_plain: bool = field(default=True)
