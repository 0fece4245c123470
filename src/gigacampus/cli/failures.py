"""How errors leave: faults on stderr (or as JSON), an exit code, no traceback."""

from __future__ import annotations

import itertools
import json
import sys

import click

from gigacampus.errors import GigacampusError, InputError


def reported(command: click.Command) -> int:
    """Run a command and turn what it raises into an exit code.

    0 ok, 1 the run failed, 2 usage or invalid input, 3 a --fail-if broke, 130 interrupted.
    """
    try:
        result = command.main(standalone_mode=False)
    except InputError as error:
        show(error)
        return error.exit_code
    except GigacampusError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return 130
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return 130
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except SystemExit:
        return 0  # click leaves so where the reader of our output is gone, as `| head -1` is
    except MemoryError:
        click.echo("error: out of memory; try a shorter horizon or fewer jobs", err=True)
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"error: {error.strerror or error}{where}", err=True)
        return 1
    return result if isinstance(result, int) else 0


def show(error: InputError) -> None:
    """All faults on stderr, as text or, where the command was called with `--format json`, as one JSON list."""
    arguments = sys.argv[1:]
    wants_json = "--format=json" in arguments or any(
        pair == ("--format", "json") for pair in itertools.pairwise(arguments)
    )
    if wants_json:
        click.echo(json.dumps([fault.as_dict() for fault in error.faults], indent=2))
        return
    click.echo("\n\n".join(fault.render() for fault in error.faults), err=True)
    count = len(error.faults)
    click.echo(f"\n{count} {'fault' if count == 1 else 'faults'}; {error.after}", err=True)
