"""What can be wrong with a search, and the way out.

Source: https://hl7.org/fhir/R4/search.html#errors
"""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class UnknownParameter(Problem):
    issue = "not-supported"
    says = "{type} has no search parameter {name!r}."
    hint = "Known: {known}. Or send `Prefer: handling=lenient` to have unknown ones left out."


class StillIndexing(Problem):
    issue = "transient"
    says = "The search parameter {name} of {type} is new; what was written before is still being indexed."
    hint = "Try again later; `anlanh fhir stats` shows how far it is."


class BadModifier(Problem):
    issue = "not-supported"
    says = "The modifier :{modifier} does not go with {name}, which is a {kind} parameter."
    hint = "Possible here: {possible}."


class BadValue(Problem):
    issue = "invalid"
    says = "{found!r} is not a value for {name}, which is a {kind} parameter."
    hint = "Write {wanted}."


class BadChain(Problem):
    issue = "invalid"
    says = "{name} cannot be followed: {why}."
    hint = "Write reference:Type.parameter=value, as in subject:Patient.name=lan."


class BadFilter(Problem):
    issue = "invalid"
    says = "_filter is not understood at character {at}: {why}."
    hint = 'Write as in _filter=name co "lan" and birthdate ge 1990 (https://hl7.org/fhir/R4/search_filter.html).'


class TooMuch(Problem):
    issue = "too-costly"
    status = 400
    says = "The search has {found} {what}; the limit is {limit}."
    hint = "Narrow it, or ask in several searches."


class BadCursor(Problem):
    issue = "invalid"
    says = "The page link is not one this server made."
    hint = "Start the search again from its first page."
