"""The calibrated image for people: kept as a pyramid, cut into tiles, measured in physical units."""
