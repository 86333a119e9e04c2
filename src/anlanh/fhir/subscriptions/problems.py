"""What can be wrong with a Subscription."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class BadSubscription(Problem):
    issue = "business-rule"
    says = "This Subscription cannot work: {why}."
    hint = "Correct it and write it again with status requested; see docs/subscriptions.md."


class ForbiddenEndpoint(Problem):
    issue = "security"
    says = "Notifications are not sent to {host}: {why}."
    hint = "Use https and a public address, or have the operator name the host in ANLANH_WEBHOOK_ALLOW."


class NotDelivered(Problem):
    issue = "transient"
    says = "The endpoint did not take the notification: {why}."
    hint = "It is tried again."


class BadToken(Problem):
    issue = "login"
    says = "The binding token is not valid, or has expired."
    hint = "Get a new one from [base]/Subscription/[id]/$get-ws-binding-token."
