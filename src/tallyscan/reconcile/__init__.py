"""What the scan shows against what the declaration says: one rule a respect, each with three outcomes."""
