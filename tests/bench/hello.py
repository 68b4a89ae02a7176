"""The least a Flask app can do, on the server we ship: what our pages are measured against."""

import sys

from flask import Flask

from patrol.cli.serve import server


def create_app() -> Flask:
    """One route, one word."""
    app = Flask("hello", static_folder=None)
    app.add_url_rule("/", view_func=lambda: "hello")
    return app


if __name__ == "__main__":
    port, processes = map(int, sys.argv[1:])
    server("tests.bench.hello:create_app", host="127.0.0.1", port=port, processes=processes).serve()
