"""Reading a ViewDefinition: from JSON to a checked tree of selects and columns.

FHIR: SQL on FHIR v2, ViewDefinition
Source: https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from anlanh.fhir.fhirpath import types
from anlanh.fhir.fhirpath.values import Element
from anlanh.fhir.views.problems import ViewInvalid

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
MAX_DEPTH = 20
SYSTEM_PREFIX = "http://hl7.org/fhirpath/System."
LOOPS = ("forEach", "forEachOrNull", "repeat")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is a FHIR type name ("" when the view names none), `collection` makes it a list."""

    name: str
    path: str
    type: str
    collection: bool


@dataclass(frozen=True, slots=True)
class Select:
    """A select: its columns, then those of `selects`, then those of one branch of `unions`; `loop` tells over what."""

    where: str
    loop: str
    paths: tuple[str, ...]
    columns: tuple[Column, ...]
    selects: tuple[Select, ...]
    unions: tuple[Select, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A ViewDefinition. `constants` are typed elements by name."""

    name: str
    resource: str
    constants: dict[str, Element]
    wheres: tuple[str, ...]
    selects: tuple[Select, ...]


def read(view: Any) -> View:
    """The view of a ViewDefinition in JSON.

    Raises:
        ViewInvalid: a part that is missing, of the wrong kind, or contradicts another.
    """
    reader = _Reader(view)
    return reader.view(view)


class _Reader:
    def __init__(self, view: Any) -> None:
        self.name = str(view.get("name", "")) or "(unnamed)" if isinstance(view, dict) else "(unnamed)"

    def view(self, view: Any) -> View:
        if not isinstance(view, dict):
            self.fail("it", "is not a JSON object")
        resource = view.get("resource")
        if not isinstance(resource, str):
            self.fail("resource", "must name the type of resource that the view reads")
        type_ = types.known(resource)
        if type_ is None or not type_.resource or type_.abstract:
            self.fail("resource", f"is {resource!r}, which is no type of resource")
        selects = self.selects(view, "select", "select", 0)
        if not selects:
            self.fail("select", "must have at least one entry")
        wheres = tuple(
            self.path(clause, "path", f"where[{at}]") for at, clause in enumerate(self.objects(view, "where", "where"))
        )
        return View(self.name, resource, self.constants(view), wheres, selects)

    def constants(self, view: dict[str, Any]) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for at, constant in enumerate(self.objects(view, "constant", "constant")):
            name, where = constant.get("name"), f"constant[{at}]"
            if not isinstance(name, str) or not NAME.fullmatch(name):
                self.fail(where, f"has the name {name!r}, which is no SQL name")
            values = [key for key in constant if key.startswith("value") and key != "value"]
            code = values[0].removeprefix("value") if len(values) == 1 else ""
            type_ = types.known(code) or types.known(code[:1].lower() + code[1:])
            if type_ is None or not type_.system:
                self.fail(where, "must have one value of a primitive type, such as valueString")
            if name in found:
                self.fail(where, f"repeats the name {name!r}")
            found[name] = Element(constant[values[0]], type_)
        return found

    def selects(self, holder: dict[str, Any], key: str, where: str, depth: int) -> tuple[Select, ...]:
        if depth > MAX_DEPTH:
            self.fail(where, f"is nested deeper than {MAX_DEPTH} levels")
        parts = self.objects(holder, key, where)
        return tuple(self.select(part, f"{where}[{at}]", depth) for at, part in enumerate(parts))

    def select(self, part: dict[str, Any], where: str, depth: int) -> Select:
        loops = [loop for loop in LOOPS if loop in part]
        if len(loops) > 1:
            self.fail(where, f"may have only one of {', '.join(loops)}")
        loop = loops[0] if loops else ""
        columns = tuple(
            self.column(column, f"{where}.column[{at}]")
            for at, column in enumerate(self.objects(part, "column", f"{where}.column"))
        )
        selects = self.selects(part, "select", f"{where}.select", depth + 1)
        unions = self.selects(part, "unionAll", f"{where}.unionAll", depth + 1)
        if not columns and not selects and not unions:
            self.fail(where, "has no column, select or unionAll")
        return Select(where, loop, self.loop_paths(part, loop, where), columns, selects, unions)

    def loop_paths(self, part: dict[str, Any], loop: str, where: str) -> tuple[str, ...]:
        if not loop:
            return ()
        if loop != "repeat":
            return (self.path(part, loop, where),)
        paths = part["repeat"]
        if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
            self.fail(f"{where}.repeat", "must be a list of paths")
        return tuple(paths)

    def column(self, column: dict[str, Any], where: str) -> Column:
        name = column.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self.fail(where, f"has the name {name!r}, which is no SQL name")
        collection = column.get("collection", False)
        if not isinstance(collection, bool):
            self.fail(f"{where}.collection", "must be true or false")
        return Column(name, self.path(column, "path", where), self.type(column.get("type"), where), collection)

    def type(self, type_: Any, where: str) -> str:
        if type_ is None:
            return ""
        if isinstance(type_, str):
            name = type_.removeprefix(SYSTEM_PREFIX)
            if name is not type_ and name in types.SYSTEM_TYPES:
                return name[0].lower() + name[1:]
            name = type_.removeprefix("http://hl7.org/fhir/StructureDefinition/")
            if types.known(name) is not None or name == "integer64":
                return name
        return self.fail(f"{where}.type", f"is {type_!r}, which is no FHIR type")

    def path(self, holder: dict[str, Any], key: str, where: str) -> str:
        path = holder.get(key)
        if not isinstance(path, str) or not path.strip():
            self.fail(f"{where}.{key}", "must be a FHIRPath expression")
        return path

    def objects(self, holder: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
        found = holder.get(key, [])
        if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
            self.fail(where, "must be a list of objects")
        return found

    def fail(self, where: str, reason: str) -> NoReturn:
        raise ViewInvalid(name=self.name, where=where, reason=reason + ".", expression=f"ViewDefinition.{where}")
