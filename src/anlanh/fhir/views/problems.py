"""What can go wrong with a ViewDefinition.

FHIR: SQL on FHIR v2
Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html
"""

from anlanh.kernel.problem import Problem


class ViewInvalid(Problem):
    """The view cannot be compiled; `where` is the place in it."""

    issue = "invalid"
    status = 422
    says = "ViewDefinition {name}: {where} {reason}"
    hint = (
        "Correct the view at the place named; see https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html."
    )


class SeveralValues(Problem):
    """A column that holds one value met several."""

    issue = "processing"
    says = "ViewDefinition {name}: column {column} found {count} values in one row."
    hint = "Set collection to true, select one value with first(), or unroll the values with forEach."


class NotACriterion(Problem):
    """A where clause that gives no Boolean."""

    issue = "processing"
    says = "ViewDefinition {name}: the where clause {path!r} gives something else than one Boolean."
    hint = "Write a comparison or exists()."
