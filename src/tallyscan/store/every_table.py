"""Every table there is. Whoever goes through all of them takes them from here: one that is not loaded is missing."""

from sqlalchemy import MetaData

from tallyscan.store import (
    access_tables,
    audit_tables,
    crossing_tables,
    referral_tables,
    reread_tables,
    retention_tables,
    selection_tables,
    targeting_tables,
)
from tallyscan.store.tables import Table

_LOADED = (
    access_tables,
    audit_tables,
    crossing_tables,
    referral_tables,
    reread_tables,
    retention_tables,
    selection_tables,
    targeting_tables,
)
EVERY_TABLE: MetaData = Table.metadata
