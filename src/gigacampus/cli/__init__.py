"""The command line: one file a command, and nothing heavy imported before it is needed."""

from __future__ import annotations

import importlib
import sys

import click

from gigacampus import __version__
from gigacampus.cli.failures import reported

GROUPS: dict[str, dict[str, str]] = {
    "Play a scenario": {
        "run": "The whole walk, from deal to watts; writes a run folder and prints where the report is.",
        "plan": "Deal and build-out only, no jobs; --samples N for P10/P50/P90.",
        "check": "Validate, show resolved totals, defaults used, estimated run time and memory.",
    },
    "Replay and validate": {
        "replay": "A real trace on a real or made-up cluster under a policy.",
        "trace": "What is in a trace: jobs, GPU-hours, sizes, durations, arrivals.",
        "validate": "Published values against ours: error, tolerance, source, verdict.",
    },
    "Look things up": {
        "convert": "Convert chips, A100e, H100e, GB300e and TPP, with range and basis.",
        "size": "Chips to racks and MW, or MW to chips.",
        "ledger": "Licences, quotas, and what-if shipments.",
        "explain": "A key, a column, a policy, an error code, a fact.",
        "list": "Built-in scenarios, chips, facts, weather, traces, with their sources.",
    },
    "Start and edit": {
        "init": "Write a commented scenario that runs in seconds.",
        "schema": "Print the JSON Schema of a scenario.",
    },
    "Look at a run": {
        "books": "The double-entry ledger of a run, as beancount or CSV.",
        "report": "Render the report of a run folder again.",
    },
}


class Commands(click.Group):
    """A group that knows its commands' one-line helps without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the help."""
        return [name for commands in GROUPS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one file that holds the command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"gigacampus.cli.{cmd_name}_")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, grouped by what one wants to do."""
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="gigacampus")
def gigacampus() -> None:
    """From deal to watts: an open simulator of gigawatt AI campuses.

    SCENARIO is a YAML file or a built-in name such as stargate-uae.
    """


def main() -> None:
    """Run the command line; errors end in an exit code and a message, never in a traceback."""
    sys.exit(reported(gigacampus))
