# Sourced by the runs: how libraries use threads and memory.
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=passive
# Memory that is freed in one step is needed in the next: giving it back to the system costs a fifth of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
python=${PYTHON:-.venv/bin/python}
