"""Everything that can keep the stack from running: one line that says what and what to do.

* StackError
  x ServerMissing, JavaMissing, JarsMissing, JarChanged     something has to be fetched
  x PortTaken, PortInvalid, NoSpace, NotWritable            the machine is in the way
  x AlreadyRunning, NothingRuns, SecretsInvalid             `.stack/` is in use, or not, or broken
  x DataOfAnotherVersion, PasswordRefused                   `.stack/` does not fit what runs on it
  x ChildExited, NotReady, StepFailed                       a server or service did not come up
  x BusRefused                                              NATS is away, or would not
  x WorldInvalid, ReplicasInvalid, ConsumerUnknown          a bad argument
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable


class StackError(Exception):
    """The stack cannot run."""

    def __init__(self, **facts: object) -> None:
        """Fill the docstring of the class, which is the message, with `facts`."""
        self.facts = facts
        message = inspect.cleandoc(type(self).__doc__ or "").replace("\n", " ")
        super().__init__(message.format(**facts))


class ServerMissing(StackError):
    """No {name} found: {fix}, or point {variable} at the folder of your own."""


class JavaMissing(StackError):
    """No Java 17 or 21 {where}: install one (apt install openjdk-17-jre-headless), or set JAVA_HOME."""  # noqa: E501 -- one line for the user


class JarsMissing(StackError):
    """{jars} could not be fetched by {tool}{last}: see the lines above, and try again."""


class JarChanged(StackError):
    """What is in {folder} is not what stack/{listed} lists ({what}): delete the folder."""


class PortTaken(StackError):
    """Port {port} for {name} is taken{holder}: stop that, or set {variable} to a free port."""


class PortInvalid(StackError):
    """{variable}={value} is not a port: set it to a number from 1 to 65535."""


class NoSpace(StackError):
    """No space for {name} in {folder} ({free_mb} MB free, {needed_mb} needed): free some first."""


class NotWritable(StackError):
    """User {user} cannot write {folder}: fix owner or permissions (chown -R {user} {folder})."""


class AlreadyRunning(StackError):
    """The stack already runs here (pid {pid}): use it, or stop it with `make down`."""


class NothingRuns(StackError):
    """Nothing runs here: start it with `make up`, then try again."""


class SecretsInvalid(StackError):
    """{path} is not what was written ({reason}): restore it, or start anew with `make clean`."""


class DataOfAnotherVersion(StackError):
    """{folder} is of {name} {made}, not {found}: point {variable} at {made}, or `make clean`."""


class PasswordRefused(StackError):
    """{name} refuses the password of .stack/secrets.json: restore that file, or `make clean`."""


class ChildExited(StackError):
    """{name} ended with code {code} before it was asked to{last}."""


class NotReady(StackError):
    """{name} did not answer within {seconds} s ({reason}): see its lines above, and try again."""


class StepFailed(StackError):
    """{step} failed with code {code}{last}."""


class ConsumerUnknown(StackError):
    """No consumer is called {name}: name one of {known}."""


class BusRefused(StackError):
    """NATS did not do it ({reason}): see that it runs, and try again."""


class ReplicasInvalid(StackError):
    """MT_REPLICAS={value} is no number of processes: set it to a number from 1 to {most}."""


class WorldInvalid(StackError):
    """{what}: {fix}."""


def last_lines(lines: Iterable[str], count: int = 3) -> str:
    """The end of an output as a clause for the messages above; empty when there is none."""
    found = [line.strip() for line in lines if line.strip()][-count:]
    return ": " + " | ".join(found) if found else ""
