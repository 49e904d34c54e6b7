"""Bytes arrive and become a RawScan."""
