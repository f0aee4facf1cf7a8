"""Everything that can keep the stack from running: one line that says what and what to do.

* StackError
  x ServerMissing, JavaMissing, JarsMissing, JarChanged     something has to be fetched
  x PortTaken, NoSpace, NotWritable, AlreadyRunning         the machine is in the way
  x DataOfAnotherVersion, PasswordRefused                   `.stack/` does not fit what runs on it
  x ChildExited, NotReady, StepFailed                       a server or service did not come up
  x WorldInvalid                                            a bad argument of `seed`
"""

from __future__ import annotations

import inspect


class StackError(Exception):
    """The stack cannot run."""

    def __init__(self, **facts: object) -> None:
        """Fill the docstring of the class, which is the message, with `facts`."""
        self.facts = facts
        super().__init__(
            " ".join(inspect.cleandoc(type(self).__doc__ or "").format(**facts).split())
        )


class ServerMissing(StackError):
    """No {name} found: {fix}, or point {variable} at the folder of your own."""


class PortTaken(StackError):
    """Port {port} for {name} is taken{holder}: stop that program or set {variable} to a free port."""


class NoSpace(StackError):
    """No space left for {name} in {folder} ({free_mb} MB free, {needed_mb} MB needed): free some,
    then start again.
    """


class NotWritable(StackError):
    """{folder} cannot be written by user {user}: fix its owner or permissions (chown -R {user} {folder})."""


class AlreadyRunning(StackError):
    """The stack already runs here (pid {pid}): use it, or stop it with `make down`."""


class DataOfAnotherVersion(StackError):
    """{folder} was made by {name} {made} and the one found is {found}: point {variable} at {made},
    or start anew with `make clean`.
    """


class PasswordRefused(StackError):
    """{name} refuses the password kept in .stack/secrets.json: restore that file, or start anew with
    `make clean`.
    """


class ChildExited(StackError):
    """{name} ended with code {code} before it was asked to{last}."""


class NotReady(StackError):
    """{name} did not answer within {seconds} s (last try: {reason}): see its lines above, and try again."""


class StepFailed(StackError):
    """{step} failed with code {code}{last}."""


def last_lines(lines: list[str], count: int = 3) -> str:
    """The end of an output as a clause for the messages above; empty when there is none."""
    found = [line.strip() for line in lines if line.strip()][-count:]
    return ": " + " | ".join(found) if found else ""
