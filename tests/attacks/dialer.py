"""Lives in a network namespace and hands out sockets that were connected there.

    python dialer.py DESCRIPTOR

Each message on the Unix socket DESCRIPTOR is `SOURCE HOST PORT`; the answer is `ok` with the connected socket
(unix(7), SCM_RIGHTS), or what went wrong. Ends with the socket. Uses the standard library alone.
"""

from __future__ import annotations

import socket
import sys

__all__: list[str] = []

PATIENCE = 10.0


def main(descriptor: str) -> None:
    """Serve until the other end is closed."""
    with socket.socket(fileno=int(descriptor)) as control:
        control.send(b"ready")
        while request := control.recv(4096).decode():
            source, host, port = request.split()
            try:
                with socket.create_connection((host, int(port)), PATIENCE, (source, 0)) as connection:
                    connection.settimeout(None)
                    socket.send_fds(control, [b"ok"], [connection.fileno()])
            except OSError as error:
                control.send(repr(error).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
