"""Whether a coding is in a value set, and in which version of its code system.

FHIR: ValueSet $validate-code
Source: https://hl7.org/fhir/R4/valueset-operation-validate-code.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlanh.fhir.terminology import concepts, filters, status, versions
from anlanh.fhir.terminology.compose import Composer, Entry, Rule, check_implicit_rules, crosses_versions
from anlanh.fhir.terminology.concepts import EXTENSION, STANDARDS_STATUS, CodeSystemProvider, extension_value
from anlanh.fhir.terminology.displays import displays_of
from anlanh.fhir.terminology.findings import Findings, under
from anlanh.fhir.terminology.problems import NoValueInFilter
from anlanh.fhir.terminology.resolver import Resolver


@dataclass(frozen=True)
class Verdict:
    """`found` is the concept that is a member. `unknown` says that it cannot be told; `tried` is the code system.

    `fragment` is a member of which no concept is known; `refused` one that is inactive where that is not wanted.
    """

    found: Entry | None = None
    unknown: bool = False
    tried: CodeSystemProvider | None = None
    refused: Entry | None = None
    fragment: bool = False

    @property
    def is_member(self) -> bool:
        return self.found is not None or self.fragment


class Membership:
    """Asks value sets about one coding after the other; notes what is odd in `findings`.

    `only` asks for membership and nothing else. `trust_lists` takes a list of codes as it is where its code system is
    not known; otherwise that cannot be told.
    """

    def __init__(
        self, resolver: Resolver, findings: Findings, *, abstract_ok: bool, only: bool, trust_lists: bool = False
    ) -> None:
        self._resolver = resolver
        self._composer = Composer(resolver)
        self._findings = findings
        self._abstract_ok = abstract_ok
        self._only = only
        self._trust_lists = trust_lists

    def prepare(self, value_set: Mapping[str, Any]) -> None:
        """See that a value set and all it imports can be worked out.

        Raises:
            UnknownValueSet, CircularValueSet, NoValueInFilter, BadFilter, ImplicitRulesPresent: it cannot.
        """
        self._composer.enter(value_set)
        check_implicit_rules(value_set)
        compose = value_set.get("compose", {})
        for part in ("include", "exclude"):
            for at, rule in enumerate(compose.get(part, ())):
                where = f"ValueSet.compose.{part}[{at}]"
                for canonical in rule.get("valueSet", ()):
                    self.prepare(self._composer.imported(canonical, value_set, expanding=False))
                self._prepare_filters(rule, where)
        self._composer.leave()

    def _prepare_filters(self, rule: Rule, where: str) -> None:
        stated = rule.get("filter", [])
        provider = self._resolver.code_system(rule["system"], rule.get("version")) if stated else None
        if provider is not None:
            filters.compile(provider, stated, where)
            return
        for at, each in enumerate(stated):
            if not each.get("value"):
                raise NoValueInFilter(
                    system=rule.get("system", ""),
                    property=each.get("property"),
                    op=each.get("op"),
                    expression=f"{where}.filter[{at}]",
                )

    def ask(self, value_set: Mapping[str, Any], coding: Mapping[str, Any], path: str) -> Verdict:
        """Whether the coding is a member of the value set."""
        compose = value_set.get("compose")
        if compose is None:
            return self._in_expansion(value_set, coding)
        verdict = Verdict()
        hits: list[Verdict] = []
        for rule in self._rules_for(compose.get("include", ()), coding):
            verdict = self._in_rule(rule, value_set, coding, path, len(hits))
            if verdict.unknown:
                return verdict
            if verdict.is_member:
                hits.append(verdict)
        if not hits:
            return verdict
        best = _best(hits, coding)
        for rule in compose.get("exclude", ()):
            if self._is_excluded(rule, value_set, coding, best):
                return Verdict(tried=best.tried)
        return best

    def _rules_for(self, rules: list[Rule], coding: Mapping[str, Any]) -> list[Rule]:
        """The includes that may have the coding. Of several versions of its system, those of its own version only."""
        fitting = [rule for rule in rules if rule.get("system") in (None, coding.get("system"))]
        stated = {rule.get("version") for rule in fitting if "system" in rule}
        wanted = coding.get("version")
        if len(stated) > 1 and wanted and any(each and versions.matches(each, wanted) for each in stated):
            return [
                rule for rule in fitting if "system" not in rule or versions.matches(rule.get("version", ""), wanted)
            ]
        newest_first = sorted(
            (rule for rule in fitting if "system" in rule), key=lambda rule: versions.order(rule.get("version") or "")
        )
        return newest_first + [rule for rule in fitting if "system" not in rule]

    def _in_rule(
        self, rule: Rule, value_set: Mapping[str, Any], coding: Mapping[str, Any], path: str, hits: int
    ) -> Verdict:
        verdict = Verdict()
        if "system" in rule:
            verdict = self._in_system(rule, value_set, coding, path)
            if not verdict.is_member:
                return verdict
        for canonical in rule.get("valueSet", ()):
            imported = self._composer.imported(canonical, value_set, expanding=False)
            self._note_status("ValueSet", imported, value_set)
            inner = self.ask(imported, coding, path)
            if not inner.is_member:
                return inner
            verdict = verdict if verdict.is_member else inner
        return verdict

    def _in_system(self, rule: Rule, value_set: Mapping[str, Any], coding: Mapping[str, Any], path: str) -> Verdict:
        system, code = rule["system"], coding.get("code", "")
        version = self._version_for(system, rule.get("version"), coding.get("version"), path)
        provider = self._resolver.code_system(system, version)
        if provider is None:
            if self._trust_lists and "concept" in rule:
                return Verdict(fragment=any(each["code"] == code for each in rule["concept"]))
            if not self._only:
                self.note_unknown(system, self._resolver.rules.choose(system, version)[0], path)
            return Verdict(unknown=not self._only)
        self.note_forbidden(provider, path)
        self._note_status("CodeSystem", provider.head, value_set)
        concept = provider.find(code)
        if concept is None:
            return self._not_there(provider, rule, code, path)
        stated = next((each for each in rule.get("concept", ()) if each["code"] == concept.code), None)
        if "concept" in rule and stated is None:
            return Verdict(tried=provider)
        if rule.get("filter") and not filters.compile(provider, rule["filter"], "")(concept):
            return Verdict(tried=provider)
        return self._allowed(Entry(provider, concept, stated), value_set, path)

    def _not_there(self, provider: CodeSystemProvider, rule: Rule, code: str, path: str) -> Verdict:
        if provider.head.get("content") == "complete" or "concept" in rule or rule.get("filter"):
            return Verdict(tried=provider)
        self.note_unknown_code(provider, code, path)
        return Verdict(tried=provider, fragment=True)

    def _allowed(self, entry: Entry, value_set: Mapping[str, Any], path: str) -> Verdict:
        """The entry as a member, unless it is abstract or inactive where that is not wanted."""
        code, at = entry.concept.code, under(path, "code")
        active_only = self._resolver.options.active_only or value_set.get("compose", {}).get("inactive") is False
        if not self._abstract_ok and concepts.is_abstract(entry.provider, entry.concept):
            text = f"Code '{entry.system}#{code}' is abstract, and not allowed in this context"
            self._findings.add(("error", "business-rule", "code-rule"), text, at, "ABSTRACT_CODE_NOT_ALLOWED")
            return Verdict(tried=entry.provider)
        if active_only and concepts.is_inactive(entry.provider, entry.concept):
            text = f"The concept '{code}' is valid but is not active"
            self._findings.add(("error", "business-rule", "code-rule"), text, at, "STATUS_CODE_WARNING_CODE")
            return Verdict(tried=entry.provider, refused=entry)
        if word := _standing(entry.stated):
            text = (
                f"The presence of the concept '{code}' in the system '{entry.system}' in the value set"
                f" {concepts.vurl(value_set)} is marked with a status of {word} and its use should be reviewed"
            )
            self._findings.add(("warning", "business-rule", "code-comment"), text, at, "CONCEPT_DEPRECATED_IN_VALUESET")
        return Verdict(found=entry, tried=entry.provider)

    def _is_excluded(self, rule: Rule, value_set: Mapping[str, Any], coding: Mapping[str, Any], best: Verdict) -> bool:
        silent = Membership(self._resolver, Findings(), abstract_ok=True, only=True)
        if "system" in rule:
            if rule["system"] != coding.get("system"):
                return False
            found = best.found
            provider = self._resolver.code_system(rule["system"], rule.get("version"))
            if provider is None or found is None:
                return False
            other_version = concepts.version(provider) != found.version
            by_code = self._resolver.options.versions_match
            if by_code is None:
                by_code = crosses_versions(rule, value_set)
            if other_version and rule.get("version") and not by_code:
                return False
            if not silent._in_system(rule, {}, {"system": rule["system"], "code": found.concept.code}, "").is_member:
                return False
        sets = (self._composer.imported(each, value_set, expanding=False) for each in rule.get("valueSet", ()))
        return all(silent.ask(each, coding, "").is_member for each in sets)

    def _in_expansion(self, value_set: Mapping[str, Any], coding: Mapping[str, Any]) -> Verdict:
        for entry in self._composer.entries(value_set).values():
            if entry.system == coding.get("system") and entry.concept.code == coding.get("code"):
                return Verdict(found=entry, tried=entry.provider)
        return Verdict()

    def _version_for(self, system: str, stated: str | None, wanted: str | None, path: str) -> str | None:
        """The version to use where the value set states one and the coding wants one; notes a disagreement."""
        chosen, _ = self._resolver.rules.choose(system, stated)
        if not wanted:
            return chosen
        if chosen and chosen != wanted and versions.is_pattern(chosen) and versions.matches(chosen, wanted):
            chosen = wanted
        if not chosen and wanted in self._resolver.known_versions(system):
            chosen = wanted
        provider = self._resolver.code_system(system, chosen)
        if provider is None:
            if chosen != wanted:
                self._note_mismatch(f"version '{chosen or ''}' in the ValueSet include", system, wanted, path)
            return chosen
        used = concepts.version(provider)
        if used == wanted or versions.matches(wanted, used):
            return chosen
        if not chosen:
            text = f"version '{used or ''}' for the versionless include in the ValueSet include"
            self._note_mismatch(text, system, wanted, path, "_DEFAULT")
        elif chosen != stated:
            text = f"version '{chosen}' resulting from the version '{stated or ''}' in the ValueSet include"
            self._note_mismatch(text, system, wanted, path, "_CHANGED")
        else:
            self._note_mismatch(f"version '{stated}' in the ValueSet include", system, wanted, path)
        if self._resolver.code_system(system, wanted, ruled=False) is None:
            self.note_unknown(system, wanted, path)
        return chosen

    def _note_mismatch(self, what: str, system: str, wanted: str, path: str, kind: str = "") -> None:
        severity = "warning" if kind == "_DEFAULT" else "error"
        text = f"The code system '{system}' {what} is different to the one in the value ('{wanted}')"
        self._findings.add(
            (severity, "invalid", "vs-invalid"), text, under(path, "version"), f"VALUESET_VALUE_MISMATCH{kind}"
        )

    def note_unknown(self, system: str, version: str | None, path: str) -> None:
        """Note that a code system, or the version of it, is not known."""
        known = self._resolver.known_versions(system)
        text = f"A definition for CodeSystem '{system}' could not be found, so the code cannot be validated"
        name, message_id = system, "UNKNOWN_CODESYSTEM"
        if version:
            text = (
                f"A definition for CodeSystem '{system}' version '{version}' could not be found,"
                " so the code cannot be validated."
            )
            text += (
                f" Valid versions: {versions.present(known)}" if known else " No versions of this code system are known"
            )
            name = f"{system}|{version}" if known else system
            message_id += "_VERSION" if known else "_VERSION_NONE"
        if name not in self._findings.unknown:
            self._findings.unknown[name] = None
            self._findings.add(("error", "not-found", "not-found"), text, under(path, "system"), message_id)

    def note_unknown_code(self, provider: CodeSystemProvider, code: str, path: str) -> None:
        """Note that a code system has no such code; of a fragment that is only a warning."""
        version = concepts.version(provider)
        where = f"in the CodeSystem '{concepts.url(provider)}'" + (f" version '{version}'" if version else "")
        severity, text = "error", f"Unknown code '{code}' {where}"
        message_id = "Unknown_Code_in_Version" if version else "Unknown_Code_in"
        if provider.head.get("content") != "complete":
            severity, message_id = "warning", "UNKNOWN_CODE_IN_FRAGMENT"
            text = (
                f"Unknown Code '{code}' {where} - note that the code system is labeled as a fragment,"
                " so the code may be valid in some other fragment"
            )
        self._findings.add((severity, "code-invalid", "invalid-code"), text, under(path, "code"), message_id)

    def note_forbidden(self, provider: CodeSystemProvider, path: str) -> None:
        """Note that check-system-version wants another version."""
        if wanted := self._resolver.forbidden(provider):
            text = (
                f"The version '{concepts.version(provider)}' is not allowed for system '{concepts.url(provider)}':"
                f" required to be '{wanted}' by a version-check parameter"
            )
            self._findings.add(
                ("error", "exception", "version-error"), text, under(path, "version"), "VALUESET_VERSION_CHECK"
            )

    def _note_status(self, kind: str, resource: Mapping[str, Any], holder: Mapping[str, Any]) -> None:
        if word := status.of(resource, holder):
            text = f"Reference to {word} {kind} {concepts.vurl(resource)}"
            self._findings.add(("information", "business-rule", "status-check"), text, None, f"MSG_{word.upper()}")

    def note_own_status(self, value_set: Mapping[str, Any]) -> None:
        """Note that the value set itself should no longer be used."""
        self._note_status("ValueSet", value_set, value_set)


def _standing(stated: Mapping[str, Any] | None) -> str | None:
    """deprecated or withdrawn, where the value set says so of one of its concepts."""
    if stated is None:
        return None
    word = extension_value(stated, STANDARDS_STATUS)
    if word in {"deprecated", "withdrawn"}:
        return str(word)
    return "deprecated" if extension_value(stated, EXTENSION + "valueset-deprecated") else None


def _best(hits: list[Verdict], coding: Mapping[str, Any]) -> Verdict:
    """Of several versions, the one that has the display of the coding; else the newest."""
    display = coding.get("display")
    for each in reversed(hits):
        found = each.found
        if (
            display
            and found
            and any(name.value == display for name in displays_of(found.provider, found.concept, found.stated))
        ):
            return each
    return hits[-1]
