"""A simulator of cargo X-ray scans with exact truth.

solids.py       what everything is made of, in millimetres
parts.py        cargo units, loads, concealments
containers.py   ISO containers; trailers.py, carriers.py, vehicles.py: what brings them to the gate
cargo/          goods of 34 classes as they are packed, dunnage, honest oddities
concealment/    what is hidden, and what is missing: 16 families
scene.py        one vehicle with its loads and what is hidden in them
fan_beam.py     rays; projection.py: exact path lengths of solids along them
shadow.py       a scene in a fan beam: areal densities, labels, and the benign twin
detector.py     where the cells of a detector stand; scanner.py: what kind of machine, its faults on that day
artefacts.py    from areal densities to what the detector writes
display.py      from a transmission image to a vendor's 8-bit picture
manifest.py     what was declared
truth.py, render.py   the files of a scan and what is true of it
self_test.py    penetration, contrast, wire and line-pair figures of every simulated scanner
compare.py      statistics of simulated against real scans
__main__.py     the command that writes scans with their truth
"""
