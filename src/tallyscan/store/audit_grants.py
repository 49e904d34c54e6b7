"""What a user of PostgreSQL needs to run the service, and no more: everything but to change the audit."""

import re

from tallyscan.errors import InputError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def grants(role: str, schema: str = "public") -> str:
    """SQL for the owner of the schema. Raises `InputError` for what is no plain name of a role."""
    if not _NAME.fullmatch(role):
        raise InputError(f"{role!r} is no plain name of a role.", remedy="Letters, digits and _.")
    to = f'"{role}"'
    return "\n".join(
        (
            f"GRANT USAGE ON SCHEMA {schema} TO {to};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {to};",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {to};",
            f"REVOKE ALL ON {schema}.audit FROM {to}, PUBLIC;",
            f"GRANT SELECT, INSERT ON {schema}.audit TO {to};",
            f"REVOKE ALL ON {schema}.alembic_version FROM {to}, PUBLIC;",
            f"GRANT SELECT ON {schema}.alembic_version TO {to};",
        )
    )
