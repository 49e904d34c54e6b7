"""Scan -> Detection, by ONNX.

inputs.py            what the graph is given
tiles.py             the whole image at once, or full-height strips
session.py           the ONNX runtime
card.py              what a model says of itself; a model without a valid card is refused
card_calibration.py  the card's fitted numbers: scores, thresholds, mass, empty, mismatch
contract.py          the graph held to its card
units.py             layout map -> cargo units, and which calibration group they make
heads.py             maps -> empty, mass, commodities, mismatch of a unit
regions.py           anomaly and family map -> regions
evidence.py          a region in physical units and in words
material.py          what is added there, from two energies
detector.py          all of it in order
"""
