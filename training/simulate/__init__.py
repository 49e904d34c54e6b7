"""A simulator of cargo X-ray scans with exact truth.

scanner.py    what kind of machine: energies, photons, pitch, its faults
structure.py  containers, trailers, chassis, wheels
cargo.py      goods as they are packed
anomaly.py    what is hidden, and what is missing
scene.py      one truck: structure, goods, anomalies, declaration
artefacts.py  from areal densities to what the detector writes
display.py    from a transmission image to a vendor's 8-bit picture
__main__.py   the command that writes scans with their truth
"""
