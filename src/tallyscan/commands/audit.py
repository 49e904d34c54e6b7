"""`tallyscan audit`: whether the record of who did and saw what is whole, and what of it goes out."""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console

from tallyscan.audit_head import AuditHead, signed_head
from tallyscan.audit_key import audit_key
from tallyscan.bootstrap import open_archive
from tallyscan.errors import InputError, NotFound
from tallyscan.settings import Settings
from tallyscan.signature import public_pem, read_public_keys
from tallyscan.store.audit import Subject, SubjectKind, Told, forget, record
from tallyscan.store.audit_check import Problem, Verified, verify
from tallyscan.store.audit_export import exported
from tallyscan.store.audit_grants import grants
from tallyscan.store.audited_start import signed_head_of
from tallyscan.store.database import Database, open_database

EXIT_FOUND = 1
_HEAD = re.compile(r"eyJhbGciOiJFZERTQSIsImtpZCI6[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""A token whose header begins as that of a head does."""


@dataclass(frozen=True)
class AuditOptions:
    """`heads`: tokens, files, or folders of files with them. `role` is that of PostgreSQL; `subject` the name."""

    action: Literal["verify", "export", "head", "public-key", "grants", "erase"]
    heads: Sequence[str] = ()
    public_key: Sequence[Path] = ()
    rows: bool = False
    since: str | None = None
    until: str | None = None
    people: bool = False
    parties: bool = False
    as_json: bool = False
    role: str = ""
    subject: Sequence[str] = ("person", "")
    reason: str = ""


def audit(settings: Settings, options: AuditOptions, console: Console) -> int:
    """Do it; `verify` gives 1 where something is wrong. Raises `TallyscanError` where it cannot be done."""
    if options.action == "verify":
        return _verify(settings, options, console)
    if options.action == "export":
        _export(settings, options)
    elif options.action == "head":
        with open_archive(settings) as archive:
            print(signed_head_of(archive.database, audit_key(settings)) or "")  # noqa: T201
    elif options.action == "public-key":
        sys.stdout.write(public_pem(audit_key(settings).public_key()))
    elif options.action == "grants":
        print(grants(options.role))  # noqa: T201
    else:
        _erase(settings, options, console)
    return 0


def _verify(settings: Settings, options: AuditOptions, console: Console) -> int:
    keys = [key for path in options.public_key for key in read_public_keys(path)]
    heads, wrong = _heads(options.heads, keys or [audit_key(settings).public_key()])
    with open_archive(settings) as archive, archive.database.read() as session:
        found = verify(session, heads, rows=options.rows)
    problems = (*found.problems, *wrong)
    if options.as_json:
        said: dict[str, Any] = {**asdict(found), "problems": [asdict(each) for each in problems]}
        print(json.dumps({"heads": len(heads), **said}))  # noqa: T201
    else:
        _say(console, found, problems, len(heads))
    return EXIT_FOUND if problems else 0


def _say(console: Console, found: Verified, problems: Sequence[Problem], heads: int) -> None:
    def say(text: str) -> None:
        console.print(text, soft_wrap=True, markup=False, highlight=False)

    for each in problems:
        say(f"{each.kind} at record {each.sequence}: {each.what}")
    say(f"{found.records} records; whole in itself up to record {found.vouched_to}.")
    if heads:
        say(f"Up to record {found.known_outside_to} it is what signed heads outside say.")
    else:
        say("No head from outside was given: that it was neither cut short nor made anew is not shown.")


def _heads(given: Sequence[str], keys: Sequence[Ed25519PublicKey]) -> tuple[list[AuditHead], list[Problem]]:
    """Those that one of the keys signed, each once, and what is wrong with the others."""
    heads, wrong = [], []
    for token in dict.fromkeys(token for each in given for token in _tokens(each)):
        reasons = []
        for key in keys:
            try:
                heads.append(signed_head(token, key))
                break
            except InputError as error:
                reasons.append(error.detail)
        else:
            wrong.append(Problem("head", 0, reasons[0]))
    return heads, wrong


def _tokens(given: str) -> Iterator[str]:
    """Raises `NotFound`, and `InputError` where there is none."""
    if _HEAD.fullmatch(given):
        yield given
        return
    path = Path(given)
    if not path.exists():
        raise NotFound(f"{given[:200]!r} is neither a head nor a file or folder with heads.")
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    found = 0
    for file in files:
        if file.is_file():
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    for head in _HEAD.finditer(line):
                        found += 1
                        yield head[0]
    if not found:
        raise InputError(f"There is no head of an audit in {given}.")


def _export(settings: Settings, options: AuditOptions) -> None:
    since, until = _time(options.since), _time(options.until)
    asked: dict[SubjectKind, bool] = {"person": options.people, "party": options.parties}
    kinds = [kind for kind, wanted in asked.items() if wanted]
    with _existing(settings) as database:
        with database.write() as session:
            span = {"since": options.since, "until": options.until, "names": kinds}
            record(session, Told("audit.exported", "audit", details=span))
        with database.read() as session:
            for line in exported(session, since=since, until=until, kinds=kinds):
                print(json.dumps(line, ensure_ascii=False))  # noqa: T201
        print(json.dumps({"head": signed_head_of(database, audit_key(settings))}))  # noqa: T201


def _erase(settings: Settings, options: AuditOptions, console: Console) -> None:
    said, name = options.subject
    kind: SubjectKind = "person" if said == "person" else "party"
    if said != kind:
        raise InputError(f"The audit names people and parties, and no {said!r}.", remedy="person or party")
    if not options.reason.strip():
        raise InputError("The record needs to know why.", remedy="--reason TEXT")
    with _existing(settings) as database, database.write() as session:
        if not forget(session, Subject(kind, name), reason=options.reason):
            raise NotFound(f"The audit names no {kind} {name!r}.")
    console.print("The name is erased from the audit; its records stay.")


@contextmanager
def _existing(settings: Settings) -> Iterator[Database]:
    with open_archive(settings):
        database = open_database(settings.database_address)
    try:
        yield database
    finally:
        database.close()


def _time(typed: str | None) -> datetime | None:
    if typed is None:
        return None
    try:
        at = datetime.fromisoformat(typed)
    except ValueError as error:
        raise InputError(f"{typed!r} is no time.", remedy="ISO 8601, as 2026-02-01T08:00Z.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def add_audit(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checks = actions.add_parser("verify", help="is it whole, and is it what is known of it outside?")
    checks.add_argument(
        "--head",
        action="append",
        default=[],
        dest="heads",
        metavar="HEAD",
        help="a head, or a file or folder with heads",
    )
    checks.add_argument(
        "--public-key",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="PEM; the machine's own where left out",
    )
    checks.add_argument(
        "--rows", action="store_true", help="hold decisions, readings and the like against it too"
    )
    checks.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
    gives = actions.add_parser("export", help="records as JSON lines, and the signed head")
    gives.add_argument("--since", metavar="TIME", help="ISO 8601, UTC where it names no zone")
    gives.add_argument("--until", metavar="TIME", help="the same")
    gives.add_argument("--people", action="store_true", help="with the names of people")
    gives.add_argument("--parties", action="store_true", help="with the names of parties")
    each = [checks, gives, actions.add_parser("head", help="the signed head, now")]
    each.append(actions.add_parser("public-key", help="by which others check heads"))
    granting = actions.add_parser("grants", help="SQL: what the service's user of PostgreSQL may do")
    granting.add_argument("role", metavar="ROLE")
    erasing = actions.add_parser("erase", help="erase a name from the audit; the records stay")
    erasing.add_argument("subject", nargs=2, metavar=("KIND", "NAME"), help="KIND: person or party")
    erasing.add_argument("--reason", required=True, metavar="TEXT", help="why, for the record")
    for acting in (*each, erasing):
        acting.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
