"""Serving: a port that somebody else has is refused before anything starts."""

import socket

import click
import pytest

from patrol.cli.serve import demand_free


def test_a_port_that_somebody_shares_is_refused():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(click.ClickException, match=f"Port {port} of 127.0.0.1 cannot be had"):
            demand_free("127.0.0.1", port)

    demand_free("127.0.0.1", port)


def test_a_host_that_is_not_here_is_refused():
    with pytest.raises(click.ClickException, match="cannot be had"):
        demand_free("192.0.2.1", 0)
