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
        "compare": "What differs in the inputs, what moved in the results, and because of what.",
        "sweep": "Many runs: grid, samples, variants; resumable; local workers or a Dask cluster.",
        "check": "Validate, show resolved totals, defaults used, estimated run time and memory.",
    },
    "Replay and validate": {
        "replay": "A real trace on a real or made-up cluster under a policy.",
        "trace": "What is in a trace: jobs, GPU-hours, sizes, durations, arrivals.",
        "validate": "Published values against ours: error, tolerance, source, verdict.",
    },
    "Plan a model": {
        "train": "How long a model takes to train on how many chips, and what it draws.",
        "serve": "How many chips serve a load within its latency targets.",
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
        "sql": "Ask the tables of a run, or of all runs of a sweep.",
        "figures": "Static figures for papers: SVG, PDF or PNG.",
        "extract": "The scenario that a report was made from.",
        "power": "Swings faster than the hour, the largest steps, and any instant to 0.1 s.",
        "load": "What a utility can file: hourly MW, peaks, steps, ramp durations.",
        "timeline": "Jobs in lanes as a Chrome trace, for Perfetto.",
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; a misspelt one is answered with the nearest."""
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1, 0.5)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            ctx.fail(f'No such command "{args[0]}".{hint}')
        return super().resolve_command(ctx, args)

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
