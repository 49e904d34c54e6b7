"""`tallyscan migrate`: bring the schema up to date as its owner, and give the service's own user what it needs."""

from rich.console import Console
from sqlalchemy import text

from tallyscan.bootstrap import open_to_migrate
from tallyscan.errors import InputError
from tallyscan.settings import Settings
from tallyscan.store.audit_grants import grants
from tallyscan.store.database import newest_schema


def migrate(settings: Settings, grant_to: str | None, console: Console) -> int:
    """Do it; may be done again. Raises `InputError` for grants on SQLite, and `TallyscanError` where it cannot."""
    statements = grants(grant_to).splitlines() if grant_to is not None else []
    if statements and not settings.on_many_machines:
        raise InputError(
            "SQLite has no users.", remedy="Name a PostgreSQL (database_url), or leave --grant-to out."
        )
    with open_to_migrate(settings) as database, database.write() as session:
        for statement in statements:
            session.execute(text(statement))
    console.print(f"The schema is {newest_schema()}, as this version needs it.", soft_wrap=True)
    if grant_to is not None:
        console.print(f"{grant_to} may run the service on it, and not change the audit.", soft_wrap=True)
    return 0
