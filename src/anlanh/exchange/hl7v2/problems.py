"""What can be wrong with an HL7 v2 message."""

from __future__ import annotations

from anlanh.kernel.problem import Problem


class NotHl7(Problem):
    issue = "structure"
    says = "This is no HL7 v2 message: there is no MSH segment at the beginning of a line."
    hint = "A message begins with an MSH segment that names its delimiters: MSH|^~\\&|"


class NoDelimiters(NotHl7):
    says = "This is no HL7 v2 message: MSH-1 and MSH-2 do not name the delimiters."


class StrayLines(NotHl7):
    says = "Before the first MSH segment stand lines that belong to no message."
    hint = "Begin each message with its MSH segment, and send it again; nothing of it was applied."


class SeveralMessages(NotHl7):
    says = "Several messages were sent as one: there is more than one MSH segment."
    hint = "Send each message in a frame of its own, or all of them as a batch over HTTP; nothing of it was applied."


class NoControlId(NotHl7):
    says = "The message has no control id (MSH-10)."
    hint = "Give every message a control id of its own, and send it again."


class CutShort(NotHl7):
    says = "The connection ended before the message did."
    hint = "Send the message again; what came of it is kept."


class WrongEncoding(Problem):
    issue = "invalid"
    says = "The text of the message is not {charset}: byte {at} cannot be read."
    hint = "Correct MSH-18, or set the sender's character set (ANLANH_HL7_SITES), and replay the message."


class NotSupported(Problem):
    issue = "not-supported"
    says = "Messages of type {type} are not taken in."
    hint = "See docs/exchange-hl7v2.md for the types that are; others need a mapping first."


class TooLong(Problem):
    issue = "too-long"
    says = "The message is longer than {limit} bytes."
    hint = "Send large documents by reference, or raise ANLANH_HL7_MESSAGE_MB."


class BadSites(Problem):
    issue = "value"
    says = "The overlays of HL7 v2 senders cannot be read: {why}."
    hint = "Correct what was declared, or the file that ANLANH_HL7_SITES names; see docs/exchange-hl7v2.md."


class NoSuchMessage(Problem):
    issue = "not-found"
    says = "There is no message of that number."
    hint = "Ask for the list of messages."


class NotApplied(Problem):
    issue = "exception"
    says = "The message could not be applied, by a fault of this program."
    hint = "It is kept; tell the operators its number, and replay it after the fault is mended."
