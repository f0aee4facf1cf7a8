"""The rules of names, addresses, passwords and profiles, and how names are folded."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from subgraphs.users.model.errors import InputRefused, WeakPassword

LONGEST_EMAIL: Final = 254
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD_IN_BYTES: Final = 1024
LONGEST_DISPLAY_NAME: Final = 50
LONGEST_BIO: Final = 500
LONGEST_LOCATION: Final = 100
LONGEST_WEBSITE: Final = 200

_USERNAME = re.compile(r"[A-Za-z0-9_]{3,20}", re.ASCII)
# What a browser takes in <input type=email>, with at least one dot in the domain. Whether anyone
# reads mail there only a mail can tell.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def storable(text: str) -> bool:
    """Tell whether Postgres and UTF-8 can hold `text`: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def fold(name: str) -> str:
    """Take case and width out of a name, so that `Alice`, `ALICE` and wide letters are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def folded_username(name: str) -> str | None:
    """Fold a username that somebody looks up; `None` where no account can have that name."""
    if len(name) > LONGEST_EMAIL:
        return None
    folded = fold(name)
    return folded if _USERNAME.fullmatch(folded) else None


def folded_email(address: str) -> str | None:
    """Fold an address that somebody looks up; `None` where no account can have it."""
    if len(address) > LONGEST_EMAIL:
        return None
    folded = fold(address)
    return folded if _EMAIL.fullmatch(folded) else None


def read_username(text: str, *field: str) -> str:
    """Check a username: 3 to 20 of A-Z, a-z, 0-9 and `_`.

    Raises:
        InputRefused: anything else.
    """
    if not _USERNAME.fullmatch(text):
        raise InputRefused(field, "A username is 3 to 20 letters A-Z, digits or underscores.")
    return text


def read_email(text: str, *field: str) -> str:
    """Check the form of an email address.

    Raises:
        InputRefused: it has not the form of one, or more than 254 characters.
    """
    if len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        raise InputRefused(field, "This is not an email address.")
    return text


def read_password(text: str, *field: str) -> str:
    """Check the size of a password before anything is made of it, and return it in NFC.

    A keyboard decides whether `é` comes as one code point or two; both log in (RFC 8265).

    Raises:
        InputRefused: more than 1,024 bytes of UTF-8, or half of a surrogate pair.
    """
    # The length in characters first: encoding a megabyte only to refuse it is work, too.
    if len(text) > LONGEST_PASSWORD_IN_BYTES or _bytes(text) > LONGEST_PASSWORD_IN_BYTES:
        raise InputRefused(field, f"A password has at most {LONGEST_PASSWORD_IN_BYTES:,} bytes.")
    if not storable(text):
        raise InputRefused(field, "A password cannot hold NUL or half of a surrogate pair.")
    return unicodedata.normalize("NFC", text)


def read_new_password(text: str, username: str, email: str, *field: str) -> str:
    """Check a password that somebody chooses.

    Raises:
        InputRefused: as `read_password` says.
        WeakPassword: under 8 characters, or one's own name or address.
    """
    password = read_password(text, *field)
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(field, f"A password has at least {SHORTEST_PASSWORD} characters.")
    if fold(password) in (fold(username), fold(email)):
        raise WeakPassword(field, "A password differs from one's name and address.")
    return password


def read_display_name(text: str | None, *field: str) -> str:
    """Check a display name: 1 to 50 characters on one line; outer space is cut.

    Raises:
        InputRefused: null, blank, too long, or with control characters.
    """
    name = (text or "").strip()
    if not name:
        raise InputRefused(field, "A display name cannot be empty.")
    _check_length(name, LONGEST_DISPLAY_NAME, "A display name", *field)
    if _CONTROL.search(name):
        raise InputRefused(field, "A display name cannot hold control characters.")
    return name


def read_bio(text: str | None, *field: str) -> str | None:
    """Check a bio: at most 500 characters, lines allowed; nothing is none.

    Raises:
        InputRefused: too long, or with control characters.
    """
    return _read_optional(text, LONGEST_BIO, "A bio", _CONTROL_BUT_LINES, *field)


def read_location(text: str | None, *field: str) -> str | None:
    """Check a location: at most 100 characters on one line; nothing is none.

    Raises:
        InputRefused: too long, or with control characters.
    """
    return _read_optional(text, LONGEST_LOCATION, "A location", _CONTROL, *field)


def read_website(text: str | None, *field: str) -> str | None:
    """Check a link: http or https with a host, at most 200 characters; nothing is none.

    Raises:
        InputRefused: any other scheme (a `javascript:` link would run in a reader's page), no
            host, a name or password in it, space or control characters, or too long.
    """
    link = _read_optional(text, LONGEST_WEBSITE, "A website", _CONTROL, *field)
    if link is not None and not _is_web_link(link):
        raise InputRefused(field, "A website is a link that begins with https:// or http://.")
    return link


def read_flag(value: bool | None, *field: str) -> bool:
    """Check a yes or no that was given: null is neither.

    Raises:
        InputRefused: it is null.
    """
    if value is None:
        raise InputRefused(field, "This is either true or false.")
    return value


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _check_length(text: str, longest: int, what: str, *field: str) -> None:
    if len(text) > longest:
        raise InputRefused(field, f"{what} has at most {longest} characters; this has {len(text)}.")


def _read_optional(
    text: str | None, longest: int, what: str, refused: re.Pattern[str], *field: str
) -> str | None:
    if text is None or not text.strip():
        return None
    _check_length(text, longest, what, *field)
    if refused.search(text):
        raise InputRefused(field, f"{what} cannot hold control characters.")
    return text


def _is_web_link(link: str) -> bool:
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 -- raises where the port is no number
    except ValueError:
        return False
    plain = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return plain and bool(parts.hostname) and not any(map(str.isspace, link))
