"""What to look at in a resource because of its type: a plan for each type, made once, walked for every value.

The shape has been checked by `structure` already; here come bindings, references, extensions, narratives, the forms
of URLs, invariants, and the rules of single resource types.

FHIR: validation
Source: https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from anlanh.fhir.model.types import ElementDef, TypeRef
from anlanh.fhir.validate import coded, datatypes, extensions, narrative, references, resources, valuesets
from anlanh.fhir.validate.items import Item
from anlanh.fhir.validate.profiles import Profiles
from anlanh.fhir.validate.run import Run, Scope

Visit = Callable[[Any, str, Scope, Run], None]
IDS_OF_PROFILES: Final = frozenset({"ElementDefinition.id"})
"""Snapshot and differential have the same ids; invariants see to each of them."""
CHECKED_STRENGTHS: Final = frozenset({"required", "extensible"})


class _Entry(NamedTuple):
    step: str
    many: bool
    visits: tuple[Visit, ...]


class Plans:
    """The plans of one validator."""

    def __init__(self, profiles: Profiles) -> None:
        self.profiles = profiles
        self._plans: dict[str, _Plan] = {}

    def of(self, name: str) -> _Plan:
        """The plan of a type, made when first asked for."""
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = _Plan(self, name)
            plan.fill()
        return plan

    def resource(self, scope: Scope, run: Run) -> None:
        """Everything about a resource that its type demands, and the profiles that it claims."""
        name = scope.resource.get("resourceType")
        known = self.profiles.known.types.get(name) if isinstance(name, str) else None
        if known is None or known.kind != "resource" or not run.spend():
            return
        self.of(known.name).walk(scope.resource, scope.path, scope, run)
        if scope.container is None:
            references.check_contained(scope, run)
        resources.check(scope, run, self.profiles)
        meta = scope.resource.get("meta")
        for profile in meta.get("profile") or () if isinstance(meta, dict) else ():
            if isinstance(profile, str):
                self.profiles.check(Item(scope.resource, None, known.name, scope.path), profile, scope)

    def visits_of(self, element: ElementDef, ref: TypeRef) -> tuple[Visit, ...]:
        """What to do with a value of an element that has that type."""
        if ref.code == "Resource":
            return (self._visit_resource,)
        if element.name == "id" and element.xml == "attribute":
            return () if element.path in IDS_OF_PROFILES else (_visit_element_id,)
        if ref.code == "Extension":
            return (self._extension_visit(element), self.of("Extension").walk)
        found: list[Visit] = []
        type_ = self.profiles.known.types.get(ref.code)
        if type_ is not None and type_.kind != "primitive-type":
            found.append(self.of(ref.code).walk)
        if ref.code == "Reference":
            found.append(self._reference_visit(ref.targets))
        if ref.code == "canonical" and ref.targets:
            found.append(self._canonical_visit(ref.targets))
        if ref.code == "Coding":
            found.append(self._visit_coding)
        if ref.code == "xhtml":
            found.append(lambda value, path, scope, run: narrative.check(value, path, run))
        if ref.code in datatypes.CHECKS:
            found.append(datatypes.CHECKS[ref.code])
        if element.path in datatypes.CHECKS_OF_ELEMENT:
            found.append(datatypes.CHECKS_OF_ELEMENT[element.path])
        if ref.code == "code" and element.binding == datatypes.LANGUAGES:
            found.append(datatypes.check_language)
        if self._is_bound(element, ref.code):
            found.append(self._binding_visit(str(element.binding), str(element.strength), ref.code))
        found.extend(self._invariant_visits(element, ref.code))
        return tuple(found)

    def _is_bound(self, element: ElementDef, code: str) -> bool:
        """Whether a binding is to be checked here: codes of a required one that can be listed are `structure`'s."""
        if not element.binding or element.strength not in CHECKED_STRENGTHS or code not in coded.CODED:
            return False
        listed = code == "code" and element.strength == "required"
        return not listed or valuesets.codes_of(element.binding, self.profiles.known.resource) is None

    def visits_beside(self, element: ElementDef, ref: TypeRef) -> tuple[Visit, ...]:
        """What to do with the extensions of a primitive: walk them, under the name of the element."""
        walk = self.of("Element").walk
        if ref.code != "code" or element.strength != "required":
            return (walk,)
        value_set = str(element.binding)

        def without_code(value: Any, path: str, scope: Scope, run: Run) -> None:
            if isinstance(value, dict) and datatypes.value_beside(path, scope) is None:
                run.add("no-code-required", path, value_set=value_set)

        return walk, without_code

    def _visit_resource(self, value: Any, path: str, scope: Scope, run: Run) -> None:
        if isinstance(value, dict):
            self.resource(scope.inner(value, path), run)

    def _extension_visit(self, element: ElementDef) -> Visit:
        modifier, where = element.name == "modifierExtension", element.path.rpartition(".")[0]

        def visit(value: Any, path: str, scope: Scope, run: Run) -> None:
            if isinstance(value, dict):
                extensions.check(value, path, where, modifier, scope, run, self.profiles)

        return visit

    def _reference_visit(self, targets: tuple[str, ...]) -> Visit:
        def visit(value: Any, path: str, scope: Scope, run: Run) -> None:
            if isinstance(value, dict):
                references.check(value, targets, path, scope, run, self.profiles)

        return visit

    def _canonical_visit(self, targets: tuple[str, ...]) -> Visit:
        def visit(value: Any, path: str, scope: Scope, run: Run) -> None:
            found = self.profiles.find(value) if isinstance(value, str) else None
            if found is not None and found.get("resourceType") not in targets:
                run.add("target-type", path, found=found.get("resourceType"), wanted=", ".join(targets))

        return visit

    def _visit_coding(self, value: Any, path: str, scope: Scope, run: Run) -> None:
        if isinstance(value, dict):
            coded.check_coding(value, path, self.profiles.find, self.profiles.terminology, run)

    def _binding_visit(self, value_set: str, strength: str, code: str) -> Visit:
        terminology = self.profiles.terminology

        def visit(value: Any, path: str, scope: Scope, run: Run) -> None:
            coded.check_binding(Item(value, None, code, path), value_set, strength, terminology, run)

        return visit

    def _invariant_visits(self, element: ElementDef, code: str) -> list[Visit]:
        invariants = self.profiles.invariants
        type_ = self.profiles.known.types.get(code)
        own = type_.constraints if type_ is not None and type_.kind != "resource" else ()
        found = invariants.of_core((*own, *element.constraints))

        def visiting(each: Any) -> Visit:
            return lambda value, path, scope, run: each.check(Item(value, None, code, path), scope, run, invariants)

        return [visiting(each) for each in found]


def _visit_element_id(value: Any, path: str, scope: Scope, run: Run) -> None:
    """The ids of elements are unique within a resource."""
    if isinstance(value, str) and value in scope.element_ids:
        run.add("element-id-twice", path.removesuffix(".id"), found=value)
    scope.element_ids.add(value)


class _Plan:
    """The plan of one type: a table from JSON property to what to do with it."""

    def __init__(self, plans: Plans, name: str) -> None:
        self._plans = plans
        self._known = plans.profiles.known.types[name]
        self._table: dict[str, _Entry] = {}
        root = self._known.constraints if self._known.kind == "resource" else ()
        self._invariants = plans.profiles.invariants.of_core(root)
        self._name = name

    def fill(self) -> None:
        """Make the table. A type that contains itself finds its own plan by then."""
        for element in self._known.elements.values():
            for ref in element.types:
                code = ref.code
                name = f"{element.name}{code[0].upper()}{code[1:]}" if element.choice else element.name
                visits = self._plans.visits_of(element, ref)
                if visits:
                    self._table[name] = _Entry(f".{element.name}", element.repeats, visits)
                type_ = self._plans.profiles.known.types.get(code)
                if type_ is not None and type_.kind == "primitive-type" and element.xml == "element":
                    beside = self._plans.visits_beside(element, ref)
                    self._table[f"_{name}"] = _Entry(f".{element.name}", element.repeats, beside)

    def walk(self, value: Any, path: str, scope: Scope, run: Run) -> None:
        """Visit everything below a value, then ask the invariants of a resource."""
        if type(value) is not dict:
            return
        look_up = self._table.get
        for key, held in value.items():
            entry = look_up(key)
            if entry is None:
                continue
            step, many, visits = entry
            if not many:
                for visit in visits:
                    visit(held, path + step, scope, run)
            elif type(held) is list:
                for index, item in enumerate(held):
                    if item is not None:
                        at = f"{path}{step}[{index}]"
                        for visit in visits:
                            visit(item, at, scope, run)
        for invariant in self._invariants:
            if run.options.best_practice or invariant.constraint.key != "dom-6":
                invariant.check(Item(value, None, self._name, path), scope, run, self._plans.profiles.invariants)
