"""What can go wrong with exports and imports."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class BadExport(Problem):
    issue = "invalid"
    says = "The export parameter {name} is not right: {why}."
    hint = "See docs/bulk.md for the parameters this server knows."


class NotExported(Problem):
    issue = "not-supported"
    says = "This server does not support {what} in an export."
    hint = "Leave it out, or send Prefer: handling=lenient to have it ignored."


class TooManyJobs(Problem):
    issue = "throttled"
    says = "{count} exports and imports of yours are waiting or running; the limit is {limit}."
    hint = "Wait for one to end, or DELETE the address at which you ask for its status."


class NoSuchJob(Problem):
    issue = "not-found"
    says = "There is no such export or import; it was deleted, has expired, or never was."
    hint = "Start it again."


class NoSuchFile(Problem):
    issue = "not-found"
    says = "There is no such file of this export."
    hint = "Take the addresses from the manifest that the status request answers."


class JobFailed(Problem):
    issue = "exception"
    says = "The {kind} failed after {attempts} tries."
    hint = "The operator finds the cause in the log; then start it again."


class BadImport(Problem):
    issue = "invalid"
    says = "The import was not started: {why}."
    hint = "Name files below the folder `import` of the data folder, Binary resources, or send Binary resources along."
