"""The tables and functions of procrastinate, made and brought up to date by our own migrations on PostgreSQL.

docs/decisions/0048 says how a newer procrastinate comes in.
"""

from typing import Any

from sqlalchemy import Connection

_KINDS = ("procrastinate_job_event_type", "procrastinate_job_status", "procrastinate_job_to_defer_v1")


def create_job_schema(connection: Connection) -> None:
    """As the installed procrastinate has it, in the transaction of `connection`; nothing on SQLite."""
    if connection.dialect.name != "postgresql":
        return
    from procrastinate.schema import SchemaManager

    driver: Any = connection.connection.driver_connection  # several statements at once, without parameters
    driver.execute(SchemaManager.get_schema(), prepare=False)


def drop_job_schema(connection: Connection) -> None:
    """Everything of that name; nothing on SQLite."""
    if connection.dialect.name != "postgresql":
        return
    functions = connection.exec_driver_sql(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate%%' "
        "AND pronamespace = current_schema()::regnamespace"
    )
    for (function,) in functions.all():
        connection.exec_driver_sql(f"DROP FUNCTION {function} CASCADE")
    connection.exec_driver_sql(
        "DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers"
    )
    for kind in _KINDS:
        connection.exec_driver_sql(f"DROP TYPE {kind} CASCADE")
