"""The `vocnlp` command. Commands are entry points of the group `vocnlp.commands`, loaded when called."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import NoReturn

import click

from models.manifest import ModelFileError
from vocnlp import __version__
from vocnlp.errors import VocnlpError

__all__ = ["main", "run_command"]

EXIT_CANNOT_START = 2
EXIT_INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that imports a command only when it is needed, so that `vocnlp tag` starts without torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(entry_points(group="vocnlp.commands").names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = entry_points(group="vocnlp.commands", name=cmd_name)
        for entry in found:
            command = entry.load()
            if isinstance(command, click.Command):
                return command
        return None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vocnlp")
def cli() -> None:
    """Read what customers write; say why they are unhappy."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit, see `run_command`."""
    run_command(cli, arguments)


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0 done, 1 done with row errors, 2 could not start, 130 interrupted."""
    logging.basicConfig(format="vocnlp: %(message)s")
    try:
        code = command.main(args=arguments, standalone_mode=False)
    except (VocnlpError, ModelFileError) as error:
        click.echo(f"vocnlp: {error}", err=True)
        sys.exit(EXIT_CANNOT_START)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("vocnlp: interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
