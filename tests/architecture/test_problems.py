"""Every Problem says what happened and the way out, in English and in Vietnamese."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator

import pytest

import anlanh
from anlanh.fhir.terminology.problems import TerminologyProblem
from anlanh.kernel import messages
from anlanh.kernel.problem import STATUS_OF_ISSUE, Problem
from tests.architecture.page_texts import page_texts


def _all_of(kind: type[Problem]) -> Iterator[type[Problem]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all_of(each)


def _problems() -> list[type[Problem]]:
    for module in pkgutil.walk_packages(anlanh.__path__, "anlanh."):
        importlib.import_module(module.name)
    ours = {each for each in _all_of(Problem) if each.__module__.startswith("anlanh.")}
    return sorted(ours - {TerminologyProblem}, key=_name)


def _name(problem: type[Problem]) -> str:
    return f"{problem.__module__}.{problem.__name__}"


PROBLEMS = _problems()
of_every_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=_name)


def _braces(text: str) -> set[str]:
    return {f"{name}" for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@of_every_problem
def test_it_has_a_code_of_fhir_and_says_the_way_out(problem: type[Problem]) -> None:
    assert problem.issue in STATUS_OF_ISSUE
    assert problem.says
    assert problem.says != Problem.says
    assert problem.hint


@of_every_problem
def test_both_texts_are_there_in_vietnamese(problem: type[Problem]) -> None:
    catalogue = messages.catalogue()
    assert catalogue.get(problem.says)
    assert catalogue.get(problem.hint)


@of_every_problem
def test_a_translation_tells_facts_that_the_english_text_has(problem: type[Problem]) -> None:
    catalogue = messages.catalogue()
    assert _braces(catalogue[problem.says]) == _braces(problem.says)
    assert _braces(catalogue[problem.hint]) <= _braces(problem.hint)


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    texts = {text for each in (*PROBLEMS, Problem, TerminologyProblem) for text in (each.says, each.hint)}
    assert set(messages.catalogue()) - texts - set(page_texts()) == set()
