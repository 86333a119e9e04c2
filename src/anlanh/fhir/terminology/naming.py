"""Judges the display that came with a code.

FHIR: $validate-code parameters display, displayLanguage
Source: https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlanh.fhir.terminology.displays import Display
from anlanh.fhir.terminology.languages import Languages


@dataclass(frozen=True)
class Opinion:
    """What there is to say of a display."""

    severity: str
    text: str
    message_id: str
    tx: str = "invalid-display"
    say: bool = True


def judge(names: list[Display], coding: Mapping[str, Any], languages: Languages, *, lenient: bool) -> Opinion | None:
    """What is wrong with the display of a coding, or None. `lenient` makes a wrong display a warning."""
    display, code = coding["display"], coding["code"]
    if not names:
        return None
    fitting = [
        each for each in names if (each.is_name or each.main) and (not languages or languages.accept(each.language))
    ]
    if any(_same(each.value, display) for each in fitting):
        return None
    old = next((each for each in names if each.is_withdrawn and _same(each.value, display)), None)
    if old is not None:
        allowed = ",".join(f'"{each.value}"' for each in fitting)
        text = (
            f"'{display}' is no longer considered a correct display for code '{code}' (status = deprecated)."
            f" The correct display is one of {allowed}."
        )
        return Opinion("warning", text, "INACTIVE_DISPLAY_FOUND", "display-comment", say=False)
    if not fitting:
        return _no_name_in_language(names, coding, languages, lenient)
    what, message_id = "Display Name", "Display_Name_for__should_be_one_of__instead_of"
    if any(_same(" ".join(each.value.split()), " ".join(display.split())) for each in fitting):
        what, message_id = "whitespace in Display Name", "Display_Name_WS_for__should_be_one_of__instead_of"
    choices = [f"'{each.value}'" + (f" ({each.language})" if each.language else "") for each in fitting]
    valid = "Valid display is " + (f"one of {len(choices)} choices: " if len(choices) > 1 else "") + _or(choices)
    text = f"Wrong {what} '{display}' for {coding.get('system', '')}#{code}. {valid}"
    text += f" (for the language(s) '{languages.text or '--'}')"
    return Opinion("warning" if lenient else "error", text, message_id)


def _no_name_in_language(
    names: list[Display], coding: Mapping[str, Any], languages: Languages, lenient: bool
) -> Opinion:
    display, system, code = coding["display"], coding.get("system", ""), coding["code"]
    main = next((each for each in names if each.main), names[0])
    default = (each for each in names if each.language in (None, main.language))
    if any(_same(each.value, display) for each in default):
        text = (
            f"There are no valid display names found for the code {system}#{code} for language(s) '{languages.text}'."
            f" The display is '{display}' which is a valid display for the default language"
        )
        return Opinion("information", text, "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK")
    text = (
        f"Wrong Display Name '{display}' for {system}#{code}. There are no valid display names found for language(s)"
        f" '{languages.text}'. Default display is '{main.value}'"
    )
    return Opinion("warning" if lenient else "error", text, "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR")


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _or(choices: list[str]) -> str:
    return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"
