"""What stands in the way of merging two Patients, or of undoing it, and the way out.

Source: https://hl7.org/fhir/patient-operation-merge.html
"""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotASteward(Problem):
    issue = "forbidden"
    says = "Merging Patients takes the role of identity steward, with two factors."
    hint = "Ask the steward; a pair that you think is one person can be reported to them."


class WhichPatient(Problem):
    issue = "multiple-matches"
    status = 422
    says = "The {side} names {count} Patients; it must be one."
    hint = "Name it by reference, or by identifiers that only one active Patient has."


class SamePatient(Problem):
    issue = "invalid"
    says = "Source and target are the same Patient."
    hint = "Name two."


class AlreadyReplaced(Problem):
    issue = "business-rule"
    says = "One of the two Patients is not active any more, or was merged into another."
    hint = "Follow its link to the Patient that replaced it, and merge that one."


class TwoNumbers(Problem):
    issue = "business-rule"
    says = "The two Patients have different personal numbers, both active."
    hint = "Find out which number is right, mark the other as old (use = old), then merge."


class WrongResult(Problem):
    issue = "invalid"
    says = "The result is not the target Patient."
    hint = "Send a Patient with the id of the target, or leave the result out."


class NoSuchMerge(Problem):
    issue = "not-found"
    says = "There is no such merge."
    hint = "See the list of merges."


class MergedFurther(Problem):
    issue = "business-rule"
    says = "The Patient that stayed was merged into another one later."
    hint = "Undo the later merge first."


class NoSuchPair(Problem):
    issue = "not-found"
    says = "This pair does not wait for a decision."
    hint = "Somebody else may have decided; go back to the queue."


class NumberTaken(Problem):
    issue = "duplicate"
    says = "Another active Patient has this personal number."
    hint = "If it is the same person, merge the two."


class NumberThere(Problem):
    issue = "business-rule"
    says = "This Patient has an active personal number already."
    hint = "If it changed, correct the Patient and mark the old number as old."
