"""Scans, readings, risk records, events and quarantine in a database; untouched bytes in a blob store."""
