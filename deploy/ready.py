"""Asks the service of this container whether it is ready: exit code 0, or 1 and its words."""

from __future__ import annotations

import http.client
import os
import sys

SECONDS = 5


def main() -> int:
    """Ask /ready on MT_PORT."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["MT_PORT"]), SECONDS)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        said = answer.read(300).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        answer, said = None, str(error)
    finally:
        connection.close()
    sys.stdout.write(said)
    return 0 if answer and answer.status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
