#!/usr/bin/env bash
# The whole run in minutes on a CPU: train a little, export, calibrate, test. Its model is worth nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
out=${1:-runs/smoke}
python=${PYTHON:-.venv/bin/python}
"$python" -m training.train --out "$out" --steps "${STEPS:-12}" --batch 2 --workers 1
"$python" -m training.export --run "$out" --out "$out/model/smoke/0"
"$python" -m training.evaluate --model "$out/model/smoke/0" --work "$out" --calibrate "${SCANS:-24}" --test "${SCANS:-24}"
