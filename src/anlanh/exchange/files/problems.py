"""What can be wrong with a spreadsheet, and with a row of it."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotASheet(Problem):
    issue = "structure"
    says = "This file cannot be read as a spreadsheet: {why}."
    hint = "Save it as XLSX, or as CSV in UTF-8, and send it again."


class TooMuch(Problem):
    issue = "too-long"
    status = 413
    says = "The spreadsheet has more than {limit} {what}."
    hint = "Divide it into several files."


class SentTooMany(Problem):
    issue = "throttled"
    says = "Within a day one person sends at most {most} files."
    hint = "Put rows together in fewer files, or go on tomorrow."


class NoSuchFile(Problem):
    issue = "not-found"
    says = "There is no such file here."
    hint = "Send the file again."


class NothingMeant(Problem):
    issue = "required"
    says = "The columns do not say who is meant: {why}."
    hint = (
        "Choose which column holds the name, and which an identity number, an insurance card or a number of your own; or"
        " else the date of birth, the sex and the commune."
    )


class BadCell(Problem):
    issue = "value"
    says = "{column} is not understood."
    hint = "Correct this cell and send the file again."


class NoNumber(Problem):
    issue = "required"
    says = "There is no number, and too little to know the person without one."
    hint = "Fill in an identity or insurance number, or else the whole date of birth, the sex and the commune."


class MissingCell(Problem):
    issue = "required"
    says = "{column} is missing."
    hint = "Fill this cell and send the file again."
