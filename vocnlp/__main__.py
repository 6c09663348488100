"""`python -m vocnlp` is the `vocnlp` command."""

from vocnlp.cli.main import main

main()
