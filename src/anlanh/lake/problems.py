"""What can go wrong with the lake."""

from anlanh.kernel.problem import Problem


class LakeOutdated(Problem):
    """The stored tables were made by other views."""

    issue = "conflict"
    says = "The lake's table {table} was made by another version of its view."
    hint = "Build the lake afresh from all resources."


class ViewWithoutName(Problem):
    """A table needs a name of its own."""

    issue = "invalid"
    says = "A view of the lake has the name {name!r}, which is missing, no SQL name or used twice."
    hint = "Give every ViewDefinition a name of its own, of letters, digits and underscores."


class SparkMissing(Problem):
    """The Spark runner was asked for, and Spark or Java is not installed."""

    issue = "not-supported"
    says = "The Spark runner needs {what}."
    hint = "Install the project with its spark extra: pip install 'anlanh[spark]'."
