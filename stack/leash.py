"""Becomes a server: drops root, ends when its parent ends, then executes the server's command.

Run as a script, `python -I -S leash.py SIGNAL PARENT ACCOUNT COMMAND…`, in the new process. It is a
process of its own because Python cannot do this safely between fork and exec in a threaded parent,
and because it starts as the parent's user: the server's account need not reach Python.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def become(account: str) -> None:
    """Give up root for `account` and its main group, with no other groups."""
    entry = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def end_with_parent(signal_number: int) -> None:
    """Ask the kernel for `signal_number` when the parent dies, however it dies. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def main() -> None:
    """Read the four arguments and never return."""
    signal_number, parent, account, *command = sys.argv[1:]
    if account:
        become(account)
    # After the change of user, which clears it.
    end_with_parent(int(signal_number))
    if os.getppid() != int(parent):
        sys.exit("the parent ended before its child began")
    os.execv(command[0], command)  # noqa: S606 -- a chosen binary with arguments, no shell


if __name__ == "__main__":
    main()
