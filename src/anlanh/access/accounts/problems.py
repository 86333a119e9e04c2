"""What can go wrong when somebody signs in. No text tells whether an account or a person exists."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotRecognised(Problem):
    issue = "login"
    says = "That did not match what we know."
    hint = "Look at it once more, or sign in another way."


class CodeReused(NotRecognised):
    """A right code of the app that was used before; it looks like any other that did not match. `step`: which one."""


class TooManyTries(Problem):
    issue = "throttled"
    event = "locked-out"
    says = "There were too many tries. This way is closed for {minutes} more minutes."
    hint = "Wait until then, or sign in another way."


class CodeSpent(Problem):
    issue = "expired"
    says = "This code is no longer valid."
    hint = "Ask for a new code. A code is good for five minutes, five tries and one use."


class CannotTellWho(Problem):
    issue = "login"
    says = "With this telephone number and this date of birth we cannot tell for certain who you are."
    hint = "Sign in with VNeID, or have your number set right at any health station."


class NoRecordYet(Problem):
    issue = "login"
    says = "VNeID knows you, but the province has no health record of yours yet."
    hint = "Register once at any health station or hospital; bring your identity card."


class NoStaffAccount(Problem):
    issue = "login"
    says = "Your organisation knows you, but you have no account here."
    hint = "Ask the person who keeps the accounts at your facility."


class AccountClosed(Problem):
    issue = "login"
    status = 403
    says = "This account is closed."
    hint = "Ask the person who keeps the accounts at your facility; accounts not used for 45 days close by themselves."


class NoAssignment(Problem):
    issue = "login"
    status = 403
    says = "You have no place of work here at this time."
    hint = "Ask the person who keeps the accounts at your facility."


class ProviderDown(Problem):
    issue = "transient"
    says = "{title} does not answer."
    hint = "Sign in with a code sent to your phone, or try again in a few minutes."


class ProviderRefused(Problem):
    issue = "login"
    says = "{title} did not confirm who you are."
    hint = "Start once more; if it happens again, sign in another way."


class FlowSpent(Problem):
    issue = "expired"
    says = "This sign-in was begun too long ago, in another browser, or has been used."
    hint = "Start signing in once more."


class UnknownProvider(Problem):
    issue = "not-found"
    says = "There is no such way to sign in."
    hint = "Go back and choose one of those shown."


class PasswordTooWeak(Problem):
    issue = "value"
    says = "This password is too easy: it needs at least {least} characters, not all alike, and not your own name."
    hint = "Take four or five words that do not belong together."


class PasskeyNotAccepted(Problem):
    issue = "login"
    says = "The passkey was not accepted."
    hint = "Try once more; it may have been taken off your account, or be that of another site."


class SlipSpent(Problem):
    issue = "expired"
    says = "This slip is no longer valid."
    hint = "Slips are good once and for a short time. Ask for a new one."


class PinNotGood(Problem):
    issue = "value"
    says = "A PIN has six digits, not all alike and not in a row."
    hint = "Choose another one."


class LastWayIn(Problem):
    issue = "conflict"
    says = "This is the only way left to sign in to the account."
    hint = "Add another way first, then take this one off."


class NoSuchThing(Problem):
    issue = "not-found"
    says = "It is not there any more."
    hint = "Load the page anew."
