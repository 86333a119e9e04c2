"""What can go wrong with requests about one's own data, and the way out."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NothingToSay(Problem):
    issue = "required"
    says = "The text is empty or longer than {most} letters."
    hint = "Write in a sentence or two what it is about."


class NothingChosen(Problem):
    issue = "required"
    says = "Nothing is chosen."
    hint = "Choose at least one line."


class NoSuchRequest(Problem):
    issue = "not-found"
    says = "There is no such request, or it has been answered."
    hint = "Open the list of requests again."


class ExtendedBefore(Problem):
    issue = "business-rule"
    says = "The time of this request was extended before; the law allows it once."
    hint = "Answer it within its time."


class NotEntrusted(Problem):
    issue = "not-found"
    says = "There is no such record, or it is not entrusted to you."
    hint = "Choose one of the people in the list."


class NoSuchConsent(Problem):
    issue = "not-found"
    says = "There is no such consent in force."
    hint = "Open the list of consents again."


class NobodySo(Problem):
    issue = "not-found"
    status = 422
    says = "Nobody has this personal number together with this name."
    hint = "Look at the number and the name once more, as they stand on the identity card."


class NotToOneself(Problem):
    issue = "business-rule"
    says = "One's own record is not entrusted to oneself, and not to a child."
    hint = "Choose another grown-up."


class PeriodWrong(Problem):
    issue = "value"
    says = "The end lies in the past, or more than {most} days ahead."
    hint = "Choose a day between tomorrow and then."
