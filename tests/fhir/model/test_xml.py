"""XML and JSON are two spellings of one resource."""

from __future__ import annotations

import tarfile
import time
from decimal import Decimal
from pathlib import Path

import pytest

from anlanh.fhir.model import json, xml

EXAMPLES = Path(__file__).parents[3].parent / "shared" / "suites" / "r4-examples.tar.xz"
PATIENT = b'<Patient xmlns="http://hl7.org/fhir">%s</Patient>'


def exactly(value: object) -> object:
    """The value with the type and digits of every leaf, so that 1, 1.0 and 1.00 differ."""
    if isinstance(value, dict):
        return {key: exactly(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [exactly(inner) for inner in value]
    return type(value), str(value)


def test_every_official_example_survives_the_way_to_xml_and_back() -> None:
    with tarfile.open(EXAMPLES) as archive:
        members = [archive.extractfile(member) for member in archive if member.name.endswith(".json")]
        resources = [json.decode(member.read()) for member in members if member is not None]
    changed = [each["id"] for each in resources if exactly(xml.from_xml(xml.to_xml(each))) != exactly(each)]
    assert len(resources) == 535
    assert changed == []


def test_primitive_extensions_in_lists_keep_their_places() -> None:
    name = {"given": ["An", None, "Lành"], "_given": [None, {"extension": [{"url": "urn:x", "valueCode": "a"}]}, None]}
    patient = {"resourceType": "Patient", "name": [name], "_birthDate": {"id": "b"}}
    assert xml.from_xml(xml.to_xml(patient)) == patient


def test_elements_are_written_in_the_order_of_the_definition() -> None:
    written = xml.to_xml({"birthDate": "1970-01-01", "active": True, "resourceType": "Patient", "id": "a"})
    assert written.endswith(b'<id value="a"/><active value="true"/><birthDate value="1970-01-01"/></Patient>')


def test_decimals_keep_their_digits() -> None:
    read = xml.from_xml(
        b'<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.00"/></valueQuantity></Observation>'
    )
    assert str(read["valueQuantity"]["value"]) == "1.00"
    assert isinstance(read["valueQuantity"]["value"], Decimal)


def test_narrative_with_a_prefix_becomes_plain_xhtml() -> None:
    prefixed = b'<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p a="1">x &lt; y<h:br/></h:p></h:div>'
    div = xml.from_xml(PATIENT % (b'<text><status value="empty"/>' + prefixed + b"</text>"))["text"]["div"]
    assert div == '<div xmlns="http://www.w3.org/1999/xhtml"><p a="1">x &lt; y<br></br></p></div>'


def test_a_narrative_that_breaks_out_of_its_div_is_not_written() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"/></text><active value="true"/><text><div/>'
    with pytest.raises(xml.NotWritable) as caught:
        xml.to_xml({"resourceType": "Patient", "text": {"status": "generated", "div": div}})
    assert caught.value.expression == "Patient.text.div"


@pytest.mark.parametrize(
    ("body", "expression", "said"),
    [
        (b'<nick value="x"/>', "Patient", "'nick' is not known"),
        (b'<name><family valeu="x"/></name>', "Patient.name[0].family", "'valeu' is not known"),
        (b'<name/><name xmlns="urn:other"/>', "Patient", "namespace"),
        (b'<birthDate value="1970"/><active value="true"/>', "Patient", "out of order"),
        (b'<active value="true"/><active value="true"/>', "Patient", "more than once"),
        (b"<active>true</active>", "Patient.active", "text outside"),
        (b"<contained><Elephant/></contained>", "Patient.contained[0]", "not a type of resource"),
    ],
)
def test_xml_that_is_not_fhir_is_refused_with_its_place(body: bytes, expression: str, said: str) -> None:
    with pytest.raises(xml.XmlFault, match=said) as caught:
        xml.from_xml(PATIENT % body)
    assert caught.value.expression == expression


def test_all_faults_are_gathered_when_asked_for() -> None:
    faults: list[xml.XmlFault] = []
    read = xml.from_xml(PATIENT % b'<nick value="x"/><active value="true"/><nock><a/></nock>', faults)
    assert [fault.facts["what"] for fault in faults] == [
        "The element 'nick' is not known here",
        "The element 'nock' is not known here",
    ]
    assert read == {"resourceType": "Patient", "active": True}


@pytest.mark.parametrize(
    "bomb",
    [
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Patient xmlns="http://hl7.org/fhir"/>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Patient xmlns="http://hl7.org/fhir"/>',
        b'<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml">&nbsp;</div></text></Patient>',
        b"<Patient",
        b"\xff\xfe<",
        b"",
    ],
)
def test_what_a_resource_never_needs_is_not_read(bomb: bytes) -> None:
    with pytest.raises(xml.XmlUnreadable):
        xml.from_xml(bomb)


@pytest.mark.parametrize(
    "level", [b"<extension url='a'>", b"<nick>", b"<text><div xmlns='http://www.w3.org/1999/xhtml'><p>"]
)
def test_bottomless_xml_is_refused_quickly(level: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(xml.XmlTooLarge):
        xml.from_xml(PATIENT % (level * 200_000), [])
    assert time.perf_counter() - started < 1
