"""Alembic runs the migrations in the transaction that `tallyscan.store.database.migrate` hands it."""

from alembic import context

from tallyscan.store.every_table import EVERY_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=EVERY_TABLE, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
