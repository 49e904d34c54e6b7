"""Tallyscan reads a cargo X-ray scan before the officer opens it.

The folders are verbs in the order in which a scan flows (acquire, calibrate, detect, reconcile, report);
the modules beside this file are nouns: what flows.
"""

__version__ = "0.1.0"
