"""The service's own user of PostgreSQL can do all that the service does, and change nothing in the audit."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tallyscan.errors import InputError, Unavailable
from tallyscan.store.audit import Told, record
from tallyscan.store.audit_check import verify
from tallyscan.store.audit_grants import grants
from tallyscan.store.database import open_database
from tallyscan.store.tables import Consignment
from tests.postgresql import Postgresql, needs_postgresql

pytestmark = needs_postgresql()


def test_the_user_of_the_service_can_add_records_and_neither_change_nor_delete_any(
    postgresql: Postgresql,
) -> None:
    role = f"service_{uuid4().hex[:8]}"
    with postgresql.database() as url:
        owner = open_database(url)
        with owner.write() as session:
            session.execute(sa.text(f"CREATE ROLE {role} LOGIN PASSWORD 'of the test'"))
            for statement in grants(role).split(";"):
                if statement.strip():
                    session.execute(sa.text(statement))
        try:
            theirs = sa.make_url(url).set(username=role, password="of the test")
            service = open_database(theirs)  # there is nothing to migrate
            with service.write() as session:
                session.add(Consignment(id="C1", created_at=datetime.now(UTC)))
                record(session, Told("consignment.viewed", "consignment", "C1"))
            for statement in (
                "UPDATE audit SET role = NULL",
                "DELETE FROM audit",
                "TRUNCATE audit",
                "ALTER TABLE audit DISABLE TRIGGER USER",
                "DROP TRIGGER audit_no_change ON audit",
                "UPDATE alembic_version SET version_num = '0001'",
            ):
                refused = "permission denied|must be owner"
                with (
                    pytest.raises((sa.exc.DBAPIError, Unavailable), match=refused),
                    service.write() as session,
                ):
                    session.execute(sa.text(statement))
            with service.read() as session:
                assert verify(session, []).vouched_to == 2
            service.close()
        finally:
            with owner.write() as session:
                session.execute(sa.text(f"DROP OWNED BY {role}"))
                session.execute(sa.text(f"DROP ROLE {role}"))
            owner.close()


def test_a_role_is_a_plain_name() -> None:
    with pytest.raises(InputError, match="no plain name"):
        grants('x"; DROP TABLE audit; --')
