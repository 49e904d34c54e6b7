"""What a deployment installs: everything that the service needs, each file by its hash, from nowhere in particular."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "docs" / "operations" / "requirements.lock"
EXTRAS = ("s3", "amqp", "postgres", "schemas")


def locked() -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by name."""
    found = {}
    for entry in LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.startswith("#"):
            continue
        name, version, rest = re.fullmatch(r"([\w.\[\],-]+)==(\S+)\s*(.*)", entry.strip()).groups()  # type: ignore[union-attr]
        found[canonicalize_name(name)] = (version, re.findall(r"--hash=sha256:([0-9a-f]{64})", rest))
    return found


def test_every_dependency_is_locked_in_a_version_that_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(each for extra in EXTRAS for each in project["optional-dependencies"][extra]),
    ]
    versions = {name: version for name, (version, _) in locked().items()}
    for text in asked:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is not locked: make lock"
        assert requirement.specifier.contains(versions[name]), (
            f"{text}: {versions[name]} is locked; make lock"
        )


def test_every_locked_file_has_its_hash_and_no_index_is_named() -> None:
    assert all(hashes for _, hashes in locked().values())
    assert "://" not in LOCK.read_text(encoding="utf-8")
    assert not re.search(r"^--(?!hash)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)


def test_what_only_training_and_tests_need_is_not_deployed() -> None:
    assert not {"torch", "pytest", "moto", "schemathesis", "playwright"} & set(locked())
