"""How fast descriptions are read: every invented one of the tests, once.

    python -m tests.bench_descriptions          (make bench)

Prints the median and the slowest, in milliseconds; the first call, which loads the words, apart.
"""

import statistics
import time
import tomllib
from pathlib import Path

from tallyscan.classify.description import class_of_description


def milliseconds(text: str) -> float:
    """To read one description, nothing remembered."""
    class_of_description.cache_clear()
    started = time.perf_counter()
    class_of_description(text)
    return (time.perf_counter() - started) * 1e3


def main() -> None:
    """Read, measure, print."""
    tables = [Path(__file__).parent / "classify" / name for name in ("everyday.toml", "foreign.toml")]
    everyday, foreign = (tomllib.loads(path.read_text(encoding="utf-8")) for path in tables)
    texts = [text for by_class in everyday.values() for some in by_class.values() for text in some]
    texts += [text for some in foreign.values() for text in some]
    loading = milliseconds("Цукор") + milliseconds("Sugar")
    spent = [milliseconds(text) for text in texts]
    print(f"loading the words {loading:.0f} ms; {len(texts)} descriptions, each")  # noqa: T201
    print(f"median {statistics.median(spent):.3f} ms, slowest {max(spent):.3f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
