"""Lets `python -m patrol.cli` be the `patrol` command."""

from patrol.cli import main

if __name__ == "__main__":
    main()
