"""Time between two columns, in each database's own words."""

from typing import Any

from sqlalchemy import Float, SQLColumnExpression
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement[float]):
    """Seconds from the first time to the second, to a millisecond."""

    inherit_cache = True
    type = Float()
    name = "seconds_between"

    def __init__(self, begin: SQLColumnExpression[Any], end: SQLColumnExpression[Any]) -> None:
        super().__init__(begin, end)


@compiles(seconds_between, "sqlite")
def _sqlite(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    begin, end = (compiler.process(each, **more) for each in element.clauses)
    return f"((julianday({end}) - julianday({begin})) * 86400.0)"


@compiles(seconds_between)
def _standard(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    begin, end = (compiler.process(each, **more) for each in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {begin})) AS DOUBLE PRECISION)"
