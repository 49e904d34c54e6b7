"""Scan -> Detection, by ONNX.

inputs.py     what the graph is given
tiles.py      the whole image at once, or full-height strips
session.py    the ONNX runtime
card.py       what a model says of itself; a model without a valid card is refused
heads.py      maps -> units, mass, commodities, anomaly score
regions.py    anomaly maps -> findings in physical units
detector.py   all of it in order
"""
