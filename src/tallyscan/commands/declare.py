"""`tallyscan declare`: look at declarations before they are sent, and import the codes that they are held against."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tallyscan.bootstrap import declaration_reader, load_nomenclature, open_existing
from tallyscan.commands.schema_check import CheckSchema, schema_check
from tallyscan.declaration import Declaration, ReadDeclarations
from tallyscan.declaration_remarks import remarks
from tallyscan.declare.declarations import HEAD_BYTES, format_of
from tallyscan.errors import InvalidDeclaration, NotFound, TallyscanError
from tallyscan.hs_nomenclature import Nomenclature, nomenclature_csv, parse_nomenclature
from tallyscan.settings import Settings
from tallyscan.store.shared_keys import renew_shared


@dataclass(frozen=True)
class ValidateOptions:
    """What was asked for on the command line."""

    paths: list[Path]
    schema: Path | None
    canonical: bool


def validate(settings: Settings, options: ValidateOptions) -> int:
    """Say of every file what it declares. 0 when all can be used and follow the schema, else 1; remarks change nothing.

    With `canonical` stdout has nothing but the canonical JSON, a declaration a line.
    """
    read, nomenclature = declaration_reader(settings), load_nomenclature(settings)
    check = (
        schema_check(options.schema, round(settings.max_declaration_megabytes * 1e6))
        if options.schema
        else None
    )
    fine = [
        _validate_one(path, read, nomenclature, check, canonical=options.canonical) for path in options.paths
    ]
    return 0 if all(fine) else 1


def _validate_one(
    path: Path,
    read: ReadDeclarations,
    nomenclature: Nomenclature,
    check: CheckSchema | None,
    *,
    canonical: bool,
) -> bool:
    out = sys.stderr if canonical else sys.stdout
    data = _bytes_of(path)
    faults = check(data) if check is not None else []
    for fault in faults:
        out.write(f"{path}: not by its schema: {_plain(fault)}\n")
    try:
        declared = read(data, None)
    except InvalidDeclaration as refused:
        out.write(f"{path}: cannot be used: {_plain(refused.reason)}\n")
        return False
    for error in declared.refused:
        out.write(f"{path}: cannot be used in part: {_plain(error.reason)}\n")
    found = format_of(data[:HEAD_BYTES])
    for declaration in declared.declarations:
        if canonical:
            sys.stdout.write(declaration.model_dump_json(by_alias=True, exclude_none=True) + "\n")
        name = found.FORMAT if found is not None else ""
        out.write(f"{path}: {name} {_plain(declaration.reference)}: {_plain(_in_words(declaration))}\n")
        for remark in remarks(declaration, nomenclature):
            out.write(f"{path}:   {remark.code}: {_plain(remark.text)}\n")
    return not faults and not declared.refused


def _in_words(declaration: Declaration) -> str:
    units = ", ".join(declaration.unit_marks[:5]) + (", ..." if len(declaration.unit_marks) > 5 else "")
    return f"{units}: {declaration.in_words}"


def import_hs(settings: Settings, source: Path) -> int:
    """Put the codes of the Harmonized System into the data folder, from where readings and commands take them.

    A service that runs takes them at its next start. Raises `TallyscanError` when the file is no such table.
    """
    try:
        nomenclature = parse_nomenclature(_bytes_of(source).decode("utf-8-sig"))
    except ValueError as error:
        raise TallyscanError(
            f"{source} is no table of the Harmonized System: {error}.",
            remedy="Name the CSV of the public data set harmonized-system: columns hscode and description, in UTF-8.",
        ) from error
    target = settings.nomenclature_file
    half_written = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with half_written.open("w", encoding="utf-8", newline="") as file:
            file.write(nomenclature_csv(nomenclature))
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(target)
    except OSError as error:
        raise TallyscanError(
            f"{target} cannot be written: {error.strerror}.", remedy="Choose another --data."
        ) from error
    _tell_database(settings)
    headings = sum(len(code) == 4 for code in nomenclature.titles)
    sys.stdout.write(
        f"{headings} headings and {len(nomenclature.titles) - headings} subheadings are in {target}\n"
    )
    return 0


def _tell_database(settings: Settings) -> None:
    """This table counts from now on; other machines on the database are refused until they have it too."""
    try:
        with open_existing(settings) as database, database.write() as session:
            renew_shared(session, "nomenclature", settings.nomenclature_file.read_bytes())
    except NotFound:  # the first one that is made here takes it from the file
        return


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TallyscanError(f"{path} cannot be read: {error.strerror}.", remedy="Check the path.") from error


def _plain(text: str) -> str:
    """In one line, without signs that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
