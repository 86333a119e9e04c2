"""Nouns of this service: what may be done, and what can be wrong."""

from __future__ import annotations

from anlanh.kernel.problem import Problem
from anlanh.web.permission import Permission

WATCH_SENDERS = Permission("exchange.watch", frozenset(("steward",)), assurance=2)
"""See senders and their messages, declare what is particular about them, and replay."""

IMPORT_FILES = Permission("exchange.import", frozenset(("station-worker", "steward")), assurance=2)
"""Send spreadsheets of one's own facility into the record."""


class NoFileChosen(Problem):
    issue = "required"
    says = "No file was chosen."
    hint = "Choose an XLSX or CSV file of your device."


class NoSuchSender(Problem):
    issue = "not-found"
    says = "There is no such sender."
    hint = "Choose one of the list."
