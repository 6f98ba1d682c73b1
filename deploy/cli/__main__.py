"""`python -m deploy.cli` is `bihuan`."""

from deploy.cli import main

main()
