"""Rules of data types that neither their shape nor an invariant tells: URLs, attachments, identifiers, UCUM.

FHIR: data types
Source: https://hl7.org/fhir/R4/datatypes.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, Final

from anlanh.fhir.validate import primitives, systems
from anlanh.fhir.validate.run import Run, Scope

Visit = Callable[[Any, str, Scope, Run], None]

ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.*", re.DOTALL)
EXAMPLE_URL: Final = re.compile(r"https?://([\w.-]*\.)?example\.(org|com|net)(/|$|:)")
HTML_TAG: Final = re.compile(r"<\s*/?\s*[A-Za-z][^>]*>")
URN_FORMS: Final = {"urn:uuid:": primitives.CHECKS["uuid"], "urn:oid:": primitives.CHECKS["oid"]}
CANONICAL_TYPES: Final = (
    "ActivityDefinition",
    "CapabilityStatement",
    "CodeSystem",
    "ConceptMap",
    "ImplementationGuide",
    "Library",
    "Measure",
    "OperationDefinition",
    "PlanDefinition",
    "Questionnaire",
    "SearchParameter",
    "StructureDefinition",
    "StructureMap",
    "ValueSet",
)


def check_uri(value: Any, path: str, scope: Scope, run: Run) -> None:
    """A uri: one that says urn:uuid: or urn:oid: must be one; example URLs only where they are welcome."""
    if not isinstance(value, str):
        return
    for prefix, check in URN_FORMS.items():
        if value.startswith(prefix) and check(value.partition("|")[0]):
            run.add("urn-form", path, found=value)
    if not run.options.example_urls and EXAMPLE_URL.match(value):
        run.add("example-url", path, found=value)


def check_canonical(value: Any, path: str, scope: Scope, run: Run) -> None:
    """A canonical: absolute, or a fragment."""
    if isinstance(value, str) and not value.startswith("#") and not ABSOLUTE.match(value):
        run.add("canonical-relative", path, found=value)
    check_uri(value, path, scope, run)


def check_text(value: Any, path: str, scope: Scope, run: Run) -> None:
    """A string that looks like HTML, where that is a danger."""
    if run.options.security and isinstance(value, str) and HTML_TAG.search(value):
        run.add("html-in-text", path)


def check_own_url(value: Any, path: str, scope: Scope, run: Run) -> None:
    """The url of a conformance resource is a canonical."""
    if isinstance(value, str) and not ABSOLUTE.match(value):
        run.add("canonical-relative", path, found=value)


def check_attachment(value: Any, path: str, scope: Scope, run: Run) -> None:
    """The size stated is the size of the data."""
    data, size = (value.get("data"), value.get("size")) if isinstance(value, dict) else (None, None)
    if not isinstance(data, str) or not isinstance(size, int):
        return
    try:
        actual = len(base64.b64decode("".join(data.split()), validate=True))
    except (binascii.Error, ValueError):
        return
    if actual != size:
        run.add("attachment-size", path, stated=size, actual=actual)


def check_identifier(value: Any, path: str, scope: Scope, run: Run) -> None:
    """With the system urn:ietf:rfc:3986 the value is a URI."""
    if not isinstance(value, dict):
        return
    system, held = value.get("system"), value.get("value")
    if isinstance(system, str) and ":" not in system:
        run.add("identifier-system-relative", f"{path}.system", found=system)
    if system == "urn:ietf:rfc:3986" and isinstance(held, str) and not ABSOLUTE.match(held):
        run.add("identifier-not-uri", f"{path}.value", found=held)


def check_quantity(value: Any, path: str, scope: Scope, run: Run) -> None:
    """A code of the system UCUM is a UCUM code."""
    if not isinstance(value, dict) or value.get("system") != systems.UCUM or not isinstance(value.get("code"), str):
        return
    if systems.has_right_form(systems.UCUM, value["code"]) is False:
        run.add("not-ucum", path, found=value["code"])


def check_mime_type(value: Any, path: str, scope: Scope, run: Run) -> None:
    """A mime type has the form type/subtype."""
    if isinstance(value, str) and not systems.MIME_TYPE.fullmatch(value):
        run.add("not-mime-type", path, found=value)


def check_language(value: Any, path: str, scope: Scope, run: Run) -> None:
    """A language is a code of BCP 47, whatever the value set bound to the element prefers."""
    if isinstance(value, str) and not systems.LANGUAGE.fullmatch(value):
        run.add("not-a-language", path, found=value)


def value_beside(path: str, scope: Scope) -> Any:
    """The value of a primitive by the location of its extensions; None where there is none."""
    at: Any = scope.resource
    for name, index in re.findall(r"\.(\w+)(?:\[(\d+)\])?", path[len(scope.path) :]):
        at = at.get(name) if isinstance(at, dict) else None
        if index and isinstance(at, list):
            at = at[int(index)] if int(index) < len(at) else None
    return at


CHECKS: Final[dict[str, Visit]] = {
    "Attachment": check_attachment,
    "Identifier": check_identifier,
    "Quantity": check_quantity,
    "canonical": check_canonical,
    "markdown": check_text,
    "string": check_text,
    "uri": check_uri,
    "url": check_uri,
}
"""By type code."""

LANGUAGES: Final = "http://hl7.org/fhir/ValueSet/languages"

CHECKS_OF_ELEMENT: Final[dict[str, Visit]] = {
    "Attachment.contentType": check_mime_type,
    **{f"{name}.url": check_own_url for name in CANONICAL_TYPES},
}
"""By the path of the element."""
