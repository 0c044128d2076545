"""A stand-in that closes while clients come leaves no connection open, which some later test would be blamed for."""

import gc
import socket
import threading
from contextlib import suppress

from actors.demo import PlexServer
from tests.paged_room import small_plex

CLIENTS = 6
CLOSINGS = 25


def come(port: int, sockets: list[socket.socket]) -> None:
    for number in range(CLIENTS):
        with suppress(OSError):
            sockets.append(client := socket.create_connection(("127.0.0.1", port), timeout=5))
            if number % 2:
                client.sendall(b"GET / HTTP/1.1\r\nX-Plex-Token: x\r\n\r\n")


def test_connections_that_come_while_it_closes_are_closed() -> None:
    library = small_plex(1)
    for _ in range(CLOSINGS):
        sockets: list[socket.socket] = []
        server = PlexServer(library).start()
        coming = threading.Thread(target=come, args=(server.port, sockets))
        coming.start()
        server.close()
        coming.join()
        for client in sockets:
            client.close()
    gc.collect()  # What was left open would say so here: an unraisable ResourceWarning, which is an error.
