"""A RawScan becomes a Scan in physical units, and is judged fit to be read or not."""
