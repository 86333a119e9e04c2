"""What commands share: errors in two lines, and a bar with the rate and the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click

from anlanh.kernel.messages import in_vietnamese
from anlanh.kernel.problem import Problem


def clear_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say a problem in two lines instead of a stack trace; exit status 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Problem as problem:
            click.secho(f"{problem.text}\n{problem.way_out}".rstrip(), fg="red", err=True)
            if vietnamese := in_vietnamese(problem):
                click.echo(vietnamese, err=True)
            sys.exit(1)

    return run


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar with what is done, the rate and the time left; on a pipe, nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[note]}"),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(title, total=total or None, note="")
        yield lambda done, note: bar.update(task, completed=done, note=note)
