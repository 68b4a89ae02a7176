"""Phones keep connections open long after the answer: no number of them keeps others waiting."""

import socket
import time
from contextlib import ExitStack

from tests.journeys.site import Site
from tests.kills.test_parent_killed import answers
from tests.torture.nursery import Server

PHONES = 100
ASKED = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_hundred_idle_phones_keep_nobody_waiting(city: Site, server: Server) -> None:
    server.start()
    with ExitStack() as open_ones:
        for _ in range(PHONES):
            phone = open_ones.enter_context(socket.create_connection(("127.0.0.1", city.port), 10))
            phone.sendall(ASKED)
            assert b" 200 " in phone.recv(4096)[:20]

        begun = time.monotonic()
        assert answers(city.port)
        assert time.monotonic() - begun < 2
