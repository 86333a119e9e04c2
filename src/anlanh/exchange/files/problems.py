"""What can be wrong with a spreadsheet, and with a row of it."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotASheet(Problem):
    issue = "structure"
    says = "This file is neither XLSX nor text."
    hint = "Save it as XLSX, or as CSV in UTF-8, and send it again."


class OldOrLocked(NotASheet):
    says = "This file is an old XLS file, or protected by a password."


class Damaged(NotASheet):
    says = "This spreadsheet is damaged ({fault})."


class NoCells(NotASheet):
    says = "This workbook has no sheet with cells: its sheets are charts or empty."
    hint = "Send the workbook that the chart was made from, or the list itself."


class NoHeader(NotASheet):
    says = "No row with headers was found among the first {within} rows."
    hint = "Put the names of the columns in one row above the list, and send it again."


class NotDivided(NotASheet):
    says = "The lines of this file cannot be divided into columns."


class TooMuch(Problem):
    issue = "too-long"
    status = 413
    says = "The spreadsheet takes more than {limit} MB unpacked."
    hint = "Divide it into several files."


class TooManyRows(TooMuch):
    says = "The spreadsheet has more than {limit} rows."


class TooManyColumns(TooMuch):
    says = "The spreadsheet has more than {limit} columns."
    hint = "Leave out columns that are not needed, and send it again."


class TooManyCells(TooMuch):
    says = "A sheet has more than {limit} cells, those counted that are empty and only have a format."
    hint = "Copy the list alone into a new workbook, or divide it into several files."


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
