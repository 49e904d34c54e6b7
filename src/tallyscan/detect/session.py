"""The ONNX runtime, behind a small protocol."""

import platform
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tallyscan.errors import ModelContractError

FloatMap = NDArray[np.float32]


class ModelSession(Protocol):
    """Runs the graph once."""

    def run(self, image: FloatMap, scanner: FloatMap, declaration: FloatMap) -> dict[str, FloatMap]:
        """Maps by output name."""
        ...


class OnnxSession:
    """A model file in onnxruntime on the CPU; safe to share between threads."""

    def __init__(self, model: bytes, threads: int) -> None:
        """Load an ONNX file. Raises `ModelContractError` when it is not a graph with the three inputs."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The arena makes a run a tenth faster and keeps the memory of the largest one, which strips bound.
        options.enable_cpu_mem_arena = True
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelContractError(f"The model cannot be loaded: {error}") from error
        names = {item.name for item in self._session.get_inputs()}
        if names != {"image", "scanner", "declaration"}:
            raise ModelContractError(
                f"The model has the inputs {sorted(names)}, not image, scanner, declaration."
            )
        self.outputs = tuple(item.name for item in self._session.get_outputs())
        self.threads = threads

    def run(self, image: FloatMap, scanner: FloatMap, declaration: FloatMap) -> dict[str, FloatMap]:
        """Maps by output name, each (1, channels, height / stride, width / stride)."""
        feed = {"image": image, "scanner": scanner, "declaration": declaration}
        try:
            maps = self._session.run(list(self.outputs), feed)
        except Exception as error:
            raise ModelContractError(f"The model cannot read its inputs: {error}") from error
        return dict(zip(self.outputs, maps, strict=True))

    @property
    def runtime(self) -> dict[str, str | int | float]:
        """What bit-exact repetition depends on."""
        return {
            "onnxruntime": onnxruntime.__version__,
            "provider": "CPU",
            "threads": self.threads,
            "numpy": np.__version__,
            "cpu": cpu_name(),
        }


@cache
def cpu_name() -> str:
    """The processor, as the system names it: other ones add up in another order."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
