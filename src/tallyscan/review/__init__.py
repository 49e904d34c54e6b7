"""People decide: whether what they say fits the scan that it is about."""
