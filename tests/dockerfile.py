"""The instructions of the Dockerfile: plain ones, without here-documents and escapes of its own."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "docs" / "operations" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """Each with its arguments, on one line."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = [line.split(maxsplit=1) for line in lines]
    return [(kind, " ".join(told.split())) for kind, told in found]


def steps(stage: str) -> list[tuple[str, str]]:
    """Those of the stage of that name, without its FROM."""
    found: list[tuple[str, str]] = []
    now = ""
    for kind, told in instructions():
        if kind == "FROM":
            now = told.rpartition(" AS ")[2]
        elif now == stage:
            found.append((kind, told))
    return found
