"""Messages are read by their own delimiters and written again byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlanh.exchange.hl7v2 import codec
from anlanh.exchange.hl7v2.codec import Delimiters
from anlanh.exchange.hl7v2.problems import NotHl7, SeveralMessages, StrayLines, WrongEncoding

ADT = b"MSH|^~\\&|HIS|BVA|EMR|TN|20260601080000||ADT^A01^ADT_A01|M1|P|2.5\rPID|1||12^^^BVA^MR~079^^^CCCD^NI||NGUY\xe1\xbb\x84N^AN\r"


def test_fields_repetitions_and_components_count_from_one() -> None:
    message = codec.parse(ADT)
    pid = message.segments[1]
    assert (message.type, message.control_id, message.sender) == ("ADT^A01", "M1", "HIS|BVA")
    assert [each.component(1) for each in pid.repetitions(3)] == ["12", "079"]
    assert (pid.first(3, 4), pid.first(5), pid.first(30)) == ("BVA", "NGUYỄN", "")


def test_the_field_separator_of_msh_is_its_first_field() -> None:
    header = codec.parse(ADT).header
    assert (header.raw(1), header.raw(2), header.first(9, 3)) == ("|", "^~\\&", "ADT_A01")


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_line_ends_of_any_kind_come_back_as_they_were(end: bytes) -> None:
    sent = ADT.replace(b"\r", end) + end
    assert codec.encode(codec.parse(sent)) == sent


def test_other_delimiters_are_those_that_msh_names() -> None:
    message = codec.parse(b"MSH$%*!@$A$B$$$$$ADT%A08$7\rPID$1$$1%%%X!S!Y\r")
    pid = message.segments[1]
    assert message.type == "ADT^A08"
    assert pid.first(3, 4) == "X$Y".replace("$", "%")
    assert codec.encode(message).startswith(b"MSH$%*!@$A")


@given(
    st.lists(st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=40), max_size=6)
)
def test_whatever_stands_in_a_message_comes_back(lines: list[str]) -> None:
    sent = "\r".join(["MSH|^~\\&|A|B|||||ADT^A01|1|P|2.5", *lines]).encode()
    assert codec.encode(codec.parse(sent)) == sent


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=30))
def test_an_escaped_text_is_the_text_again(text: str) -> None:
    assert codec.unescape(codec.escape(text, Delimiters()), Delimiters()) == text


def test_escapes_stand_for_delimiters_characters_and_line_breaks() -> None:
    assert codec.unescape("a\\T\\b\\S\\c\\.br\\d\\X41\\\\H\\e\\Zown\\", Delimiters()) == "a&b^c\ndAe\\Zown\\"


def test_two_quotes_are_an_empty_value() -> None:
    pid = codec.parse(b'MSH|^~\\&|\rPID|1||""|\r').segments[1]
    assert not pid.valued(3)


@pytest.mark.parametrize("sent", [b"", b"PID|1\r", b"MSH", b"MSHX^~", b"MSH|ABC|", b"\x00\xff\x10"])
def test_what_is_no_message_is_said_to_be_none(sent: bytes) -> None:
    with pytest.raises(NotHl7):
        codec.parse(sent)


def test_a_byte_that_cannot_be_read_is_told_and_still_comes_back() -> None:
    sent = ADT + b"NTE|1||\xff\xfe\r"
    message = codec.parse(sent)
    assert codec.encode(message) == sent
    with pytest.raises(WrongEncoding):
        codec.readable(message)


def test_a_batch_is_parted_into_its_messages() -> None:
    batch = b"FHS|^~\\&|\rBHS|^~\\&|\r" + ADT + ADT.replace(b"M1", b"M2") + b"BTS|2\rFTS|1\r"
    assert codec.split_batch(batch) == [ADT, ADT.replace(b"M1", b"M2")]


def test_lines_of_a_batch_before_its_first_message_are_not_dropped() -> None:
    assert codec.split_batch(b"FHS|^~\\&|\rPID|1||12\r\r" + ADT) == [b"PID|1||12\r", ADT]
    assert codec.split_batch(b"\xef\xbb\xbf  " + ADT) == [ADT]


def test_lines_behind_the_end_of_a_batch_are_not_taken_for_lines_of_its_last_message() -> None:
    other = ADT.replace(b"M1", b"M2")
    assert codec.split_batch(ADT + b"BTS|1\rPID|9\rOBX|1\r" + other) == [ADT, b"PID|9\rOBX|1\r", other]
    assert codec.split_batch(ADT + b"BTS|1\rFTS|1\r\x1c\r") == [ADT]


def test_a_message_with_lines_before_it_or_another_behind_it_is_not_taken_for_one() -> None:
    with pytest.raises(StrayLines):
        codec.parse(b"PID|1||12\r" + ADT)
    with pytest.raises(SeveralMessages):
        codec.parse(ADT + ADT.replace(b"M1", b"M2"))
    assert codec.parse(b"FHS|^~\\&|\rBHS|^~\\&|\r" + ADT).control_id == "M1"
