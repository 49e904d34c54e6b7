"""Every row of one database put into another one, SQLite or PostgreSQL, with nothing read into it on the way."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    TableClause,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    table,
    text,
)
from sqlalchemy.types import UserDefinedType

from tallyscan.store.every_table import EVERY_TABLE

_AT_ONCE = 500


class _JsonAsWritten(UserDefinedType[str]):
    """JSON as its text: not parsed, so that `null`, no value, numbers and the order of names stay what they are."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """As its own type."""
        return "JSON"

    def column_expression(self, colexpr: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read as text on every database."""
        return cast(colexpr, Text)


def copy_tables(source: Connection, target: Connection, metadata: MetaData = EVERY_TABLE) -> dict[str, int]:
    """Copy all rows into empty tables of the same schema, which `metadata` describes, and give their numbers; both stay
    in the caller's transactions. Positions that the source gave out are not given out again in the target."""
    tables = metadata.sorted_tables
    counts = {declared.name: _copy(declared, source, target) for declared in tables}
    _go_on_after(target, tables, _positions(source, tables))
    return counts


def _copy(declared: Table, source: Connection, target: Connection) -> int:
    plain = table(
        declared.name,
        *(
            column(each.name, _JsonAsWritten() if isinstance(each.type, JSON) else each.type)
            for each in declared.columns
        ),
    )
    keys = [each.name for each in declared.primary_key]
    within = [each.name for each in declared.columns if _refers_to_own_table(each)]
    later: list[dict[str, Any]] = []
    found = source.execution_options(yield_per=_AT_ONCE).execute(
        select(*plain.columns).order_by(*(plain.c[key] for key in keys))
    )
    count = 0
    for rows in found.mappings().partitions():
        values = [dict(row) for row in rows]
        count += len(values)
        for row in values:
            if any(row[name] is not None for name in within):
                later.append({f"{name}_": row[name] for name in (*keys, *within)})
                row.update(dict.fromkeys(within))  # what it names may come after it
        target.execute(plain.insert(), values)
    _name_rows_of_own_table(target, plain, keys, within, later)
    return count


def _name_rows_of_own_table(
    target: Connection,
    plain: TableClause,
    keys: Sequence[str],
    within: Sequence[str],
    rows: Sequence[dict[str, Any]],
) -> None:
    if rows:
        named = plain.update().where(*(plain.c[key] == bindparam(f"{key}_") for key in keys))
        target.execute(named.values({name: bindparam(f"{name}_") for name in within}), rows)


def _refers_to_own_table(each: Column[Any]) -> bool:
    return any(key.column.table is each.table for key in each.foreign_keys)


def _counted(tables: Iterable[Table]) -> Iterable[tuple[str, str]]:
    """Tables whose rows are numbered by the database, with the column of the number."""
    for each in tables:
        numbered = list(each.primary_key)
        if len(numbered) == 1 and isinstance(numbered[0].type, Integer) and not numbered[0].foreign_keys:
            yield each.name, numbered[0].name


def _sequence_of(connection: Connection, name: str, key: str) -> str | None:
    found: str | None = connection.execute(select(func.pg_get_serial_sequence(name, key))).scalar()
    return found


def _positions(source: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """The last number that each table has given out."""
    if source.dialect.name == "sqlite":
        rows = source.execute(text("SELECT name, seq FROM sqlite_sequence"))
        return {row.name: row.seq for row in rows}
    last = {}
    for name, key in _counted(tables):
        sequence = _sequence_of(source, name, key)
        if sequence is not None:
            value, called = source.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
            last[name] = value if called else 0
    return last


def _go_on_after(target: Connection, tables: Sequence[Table], positions: dict[str, int]) -> None:
    for name, key in _counted(tables):
        newest = target.execute(text(f"SELECT max({key}) FROM {name}")).scalar() or 0
        last = max(newest, positions.get(name, 0))
        if not last:
            continue
        if target.dialect.name == "sqlite":
            known = target.execute(
                text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name"),
                {"last": last, "name": name},
            )
            if not known.rowcount and name in positions:
                target.execute(
                    text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
                    {"last": last, "name": name},
                )
        elif sequence := _sequence_of(target, name, key):
            target.execute(select(func.setval(sequence, last)))
