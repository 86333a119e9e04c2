"""What can go wrong with a unit of measure.

Source: https://ucum.org/ucum
"""

from anlanh.kernel.problem import Problem


class UnknownUnit(Problem):
    """The text is not a UCUM code."""

    issue = "code-invalid"
    says = "{code!r} is not a UCUM unit: {reason}."
    hint = "Use a case-sensitive UCUM code, for example mg/dL or 10*9/L; put plain words in braces: {{tablet}}."


class IncomparableUnits(Problem):
    """The units measure different things, or one is on a scale that cannot be calculated with."""

    issue = "value"
    says = "{source!r} cannot be converted to {target!r}."
    hint = "Convert between units of the same kind of quantity only."


class OffTheScale(Problem):
    """The value has no meaning on the scale of its unit, such as the logarithm of a negative number."""

    issue = "value"
    says = "{value} has no meaning in {code!r}."
    hint = "Check the value and the unit."
