"""Alembic runs the migrations in the transaction that `tallyscan.store.database.migrate` hands it."""

from alembic import context

from tallyscan.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
