"""Alembic runs the migrations in the transaction that `tallyscan.store.database.migrate` hands it."""

from alembic import context

from tallyscan.store import access_tables, crossing_tables, selection_tables
from tallyscan.store.tables import Table

assert access_tables  # the tables of all are in the metadata
assert crossing_tables
assert selection_tables

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
