"""The command line: arguments in, an exit code out. docs/reference/cli.md describes it."""

import argparse
import getpass
import os
import sys
from dataclasses import fields
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from tallyscan import __version__
from tallyscan.access.caller import ROLES, TASKS
from tallyscan.acting import Actor, act_as
from tallyscan.commands.accounts import accounts
from tallyscan.commands.accounts_options import AccountsOptions
from tallyscan.commands.audit import AuditOptions, add_audit, audit
from tallyscan.commands.backup import BackupOptions, CheckOptions, backup, check, restore
from tallyscan.commands.convert import FORMATS, ConvertOptions, convert
from tallyscan.commands.dead_letters import DeadLetterOptions, dead_letter_command
from tallyscan.commands.declare import ValidateOptions, import_hs, validate
from tallyscan.commands.demo import demo
from tallyscan.commands.dry_run import DryRunOptions, dry_run
from tallyscan.commands.erase import EraseOptions, add_erase, erase
from tallyscan.commands.hold import HoldOptions, add_hold, hold
from tallyscan.commands.keys import KeysOptions, keys
from tallyscan.commands.migrate import migrate
from tallyscan.commands.model import ModelOptions, model
from tallyscan.commands.outbox import OutboxOptions, outbox
from tallyscan.commands.read import ReadOptions, read
from tallyscan.commands.replay import ReplayOptions, replay
from tallyscan.commands.reread import RereadOptions, add_reread, reread_command
from tallyscan.commands.retention import add_retention, retention
from tallyscan.commands.risk_record import RiskRecordOptions, risk_record
from tallyscan.commands.serve import serve
from tallyscan.commands.worker import worker
from tallyscan.errors import TallyscanError
from tallyscan.observe.log import log_to_stderr
from tallyscan.settings import Settings
from tallyscan.store.shared_keys import NAMES

_OF_ACCOUNTS = tuple(field.name for field in fields(AccountsOptions) if field.name != "action")
_OF_AUDIT = tuple(field.name for field in fields(AuditOptions) if field.name != "action")
_OF_REREAD = tuple(field.name for field in fields(RereadOptions))
_OF_HOLD = tuple(field.name for field in fields(HoldOptions) if field.name != "action")
EXIT_USAGE = 2
EXIT_BROKEN_PIPE = 141  # what a shell reports of a program that SIGPIPE ended


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code."""
    parsed = _parser().parse_args(arguments)
    console = Console()
    act_as(Actor("command_line", _user(), purpose="administration"))
    try:
        settings = _settings(parsed)
        log_to_stderr(settings.log_format, "info" if parsed.verbose else settings.log_level)
        if parsed.command == "read":
            options = ReadOptions(
                paths=parsed.paths,
                declaration=parsed.declaration,
                as_json=parsed.json,
                out=parsed.out,
                profile=parsed.profile,
                record=parsed.record,
            )
            return read(settings, options, console)
        if parsed.command == "serve":
            return serve(settings, console)
        if parsed.command == "worker":
            return worker(settings, console)
        if parsed.command == "risk-record":
            asked = RiskRecordOptions(parsed.consignment, check=parsed.check, as_json=parsed.json)
            return risk_record(settings, asked, console)
        if parsed.command == "replay":
            chosen_scan = ReplayOptions(parsed.scan, parsed.revision, as_json=parsed.json)
            return replay(settings, chosen_scan, console)
        if parsed.command == "dry-run":
            trial = DryRunOptions(
                parsed.profile, parsed.profile_version, parsed.since, parsed.until, as_json=parsed.json
            )
            return dry_run(settings, trial, console)
        if parsed.command == "convert":
            conversion = ConvertOptions(parsed.paths, parsed.to, parsed.out, parsed.profile)
            return convert(settings, conversion, console)
        if parsed.command == "outbox":
            chosen = OutboxOptions(
                action=parsed.action,
                ids=tuple(getattr(parsed, "ids", ())),
                every=getattr(parsed, "all", False),
                sink=parsed.sink,
                by=getattr(parsed, "by", ""),
                reason=getattr(parsed, "reason", ""),
                as_json=getattr(parsed, "json", False),
            )
            return outbox(settings, chosen, console)
        if parsed.command == "model":
            about = ModelOptions(parsed.action, parsed.folder, getattr(parsed, "key", None))
            return model(settings, about, console)
        if parsed.command == "dead-letters":
            letters = DeadLetterOptions(
                action=parsed.action,
                scans=tuple(getattr(parsed, "scans", ())),
                every=getattr(parsed, "all", False),
                by=getattr(parsed, "by", ""),
                reason=getattr(parsed, "reason", ""),
                as_json=getattr(parsed, "json", False),
            )
            return dead_letter_command(settings, letters, console)
        if parsed.command == "reread":
            run = {name: getattr(parsed, name) for name in _OF_REREAD}
            return reread_command(settings, RereadOptions(**run), console)
        if parsed.command == "accounts":
            given = {name: getattr(parsed, name) for name in _OF_ACCOUNTS if hasattr(parsed, name)}
            return accounts(settings, AccountsOptions(parsed.action, **given), console)
        if parsed.command == "audit":
            asked_of = {name: getattr(parsed, name) for name in _OF_AUDIT if hasattr(parsed, name)}
            return audit(settings, AuditOptions(parsed.action, **asked_of), console)
        if parsed.command == "hold":
            of_hold = {name: getattr(parsed, name) for name in _OF_HOLD if hasattr(parsed, name)}
            return hold(settings, HoldOptions(parsed.action, **of_hold), console)
        if parsed.command == "erase":
            whom = EraseOptions(parsed.party, parsed.person, parsed.reason, as_json=parsed.as_json)
            return erase(settings, whom, console)
        if parsed.command == "retention":
            return retention(settings, console, dry_run=parsed.dry_run, as_json=parsed.as_json)
        if parsed.command == "backup":
            wanted = BackupOptions(parsed.to, parsed.blobs, parsed.since, with_keys=parsed.with_keys)
            return backup(settings, wanted, console)
        if parsed.command == "restore":
            return restore(settings, parsed.backup, console)
        if parsed.command == "check-store":
            looked = CheckOptions(parsed.backup, quick=parsed.quick, as_json=parsed.json)
            return check(settings, looked, console)
        if parsed.command == "migrate":
            return migrate(settings, parsed.grant_to, console)
        if parsed.command == "keys":
            return keys(settings, KeysOptions(parsed.action, getattr(parsed, "name", None)), console)
        if parsed.command == "declare":
            if parsed.declare_command == "import-hs":
                return import_hs(settings, parsed.table)
            return validate(settings, ValidateOptions(parsed.paths, parsed.schema, parsed.canonical))
        return demo(
            settings,
            parsed.folder,
            parsed.out,
            serve_after=not parsed.no_serve,
            console=console,
            on_postgresql=parsed.db == "postgres",
        )
    except TallyscanError as error:
        sys.stderr.write(f"tallyscan: {error.reason}\n")
        return EXIT_USAGE
    except ValidationError as error:
        wrong = "; ".join(
            f"TALLYSCAN_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()
        )
        sys.stderr.write(f"tallyscan: a setting is wrong: {wrong}\n")
        return EXIT_USAGE
    except BrokenPipeError:
        # Whoever read our output has gone; without this, Python complains again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return 130


def _user() -> str:
    """As the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may know its users by number alone
        return f"user {os.getuid()}"


def _settings(parsed: argparse.Namespace) -> Settings:
    given = {
        name: value
        for name, value in (
            ("host", getattr(parsed, "host", None)),
            ("port", getattr(parsed, "port", None)),
            ("inbox_dir", getattr(parsed, "inbox", None)),
            ("data_dir", getattr(parsed, "data", None)),
            ("model_keys", getattr(parsed, "keys", None)),
            ("declaration_mappings", getattr(parsed, "mappings", None)),
            ("read_here", getattr(parsed, "read_here", None)),
        )
        if value is not None
    }
    return Settings(**given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tallyscan", description="Reads cargo X-ray scans before the officer opens the load."
    )
    parser.add_argument("--version", action="version", version=f"tallyscan {__version__}")
    parser.add_argument("--verbose", action="store_true", help="log every step to stderr")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    read_parser = commands.add_parser("read", help="read scans: files, or folders of them")
    read_parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    read_parser.add_argument(
        "--declaration", type=Path, metavar="FILE", help="the declaration of every scan named"
    )
    read_parser.add_argument(
        "--json", action="store_true", help="one JSON object a scan and line, and nothing else"
    )
    read_parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write reading, picture and page of each scan"
    )
    read_parser.add_argument("--profile", metavar="NAME", help="the scanner profile of every scan named")
    read_parser.add_argument("--record", action="store_true", help="keep the scans and write the risk record")
    read_parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder, for --record")

    serve_parser = commands.add_parser("serve", help="serve the HTTP interface and the first page")
    serve_parser.add_argument("--host", metavar="ADDRESS")
    serve_parser.add_argument("--port", type=int, metavar="PORT", help="0: any free one")
    serve_parser.add_argument("--inbox", type=Path, metavar="DIR", help="watch this folder for scans")
    serve_parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")

    serve_parser.add_argument(
        "--no-reading",
        action="store_const",
        const=False,
        dest="read_here",
        help="serve alone; workers read",
    )

    worker_parser = commands.add_parser("worker", help="read what waits, and serve nothing")
    worker_parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")

    convert_parser = commands.add_parser(
        "convert", help="write scans on the canonical grid, as TIFF or DICOS"
    )
    convert_parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    convert_parser.add_argument("--to", choices=FORMATS, default="tiff", help="TIFF and sidecar, or DICOS DX")
    convert_parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where they are written"
    )
    convert_parser.add_argument("--profile", metavar="NAME", help="the scanner profile of every scan named")

    trial = commands.add_parser("dry-run", help="what a risk profile would have done with past consignments")
    trial.add_argument(
        "profile", metavar="PROFILE", help="a JSON file of a profile, or the id of one on record"
    )
    trial.add_argument(
        "--profile-version", type=int, metavar="N", help="of one on record; the newest where it is left out"
    )
    trial.add_argument("--since", metavar="TIME", help="ISO 8601, UTC where it names no zone; 30 days ago")
    trial.add_argument("--until", metavar="TIME", help="the same; now")
    trial.add_argument("--json", action="store_true", help="one JSON object, and nothing else")
    trial.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
    _add_outbox(commands.add_parser("outbox", help="events that are held back: list, replay, skip"))
    add_hold(commands.add_parser("hold", help="what must not be deleted: set, lift, list"))
    add_erase(commands.add_parser("erase", help="take a party or a person out of what is on record"))
    add_retention(commands.add_parser("retention", help="delete what is kept for long enough, now"))
    _add_dead_letters(commands.add_parser("dead-letters", help="scans that were given up: list, replay"))
    add_reread(
        commands.add_parser("reread", help="read an archive again with another model, beside the record")
    )
    record_parser = commands.add_parser(
        "risk-record", help="what a consignment comes to, and whether its inputs give the same again"
    )
    record_parser.add_argument("consignment", metavar="CONSIGNMENT")
    record_parser.add_argument("--check", action="store_true", help="make every step again from its inputs")
    record_parser.add_argument("--json", action="store_true", help="as JSON")
    record_parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")

    replay_parser = commands.add_parser(
        "replay", help="read a scan again from what is stored, and say whether the reading is the same"
    )
    replay_parser.add_argument("scan", metavar="SCAN_ID")
    replay_parser.add_argument(
        "--revision", type=int, metavar="N", help="of its reading; the newest where it is left out"
    )
    replay_parser.add_argument("--json", action="store_true", help="one JSON object, and nothing else")
    replay_parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")

    _add_accounts(commands.add_parser("accounts", help="who may come in: people, and keys of devices"))
    add_audit(commands.add_parser("audit", help="who did and saw what: verify, export, sign"))
    _add_model(commands.add_parser("model", help="sign a model, or say who vouches for it"))
    _add_declare(commands.add_parser("declare", help="check declarations, import commodity codes"))

    _add_backup(commands)

    demo_parser = commands.add_parser("demo", help="read every case of a folder of samples, then serve them")
    demo_parser.add_argument("folder", type=Path, metavar="FOLDER")
    demo_parser.add_argument("--no-serve", action="store_true", help="end after the table")
    demo_parser.add_argument("--out", type=Path, default=Path("demo_output"), metavar="DIR")
    demo_parser.add_argument(
        "--db",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="the database; postgres is started for it",
    )
    demo_parser.add_argument("--host", metavar="ADDRESS")
    demo_parser.add_argument("--port", type=int, metavar="PORT")
    return parser


def _add_outbox(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    list_parser = actions.add_parser("list", help="which events are held back, and why")
    list_parser.add_argument("--json", action="store_true", help="one JSON object an event and line")
    replay_parser = actions.add_parser("replay", help="send events again now")
    skip_parser = actions.add_parser("skip", help="never send events; what waits behind them goes on")
    for acting in (replay_parser, skip_parser):
        acting.add_argument("ids", nargs="*", type=int, metavar="ID")
        acting.add_argument("--all", action="store_true", help="every event that waits for a person")
        acting.add_argument("--by", required=True, metavar="NAME", help="who does it, for the record")
        acting.add_argument("--reason", required=True, metavar="TEXT", help="why, for the record")
    for each in (list_parser, replay_parser, skip_parser):
        each.add_argument("--sink", metavar="NAME", help="only of this sink")
        each.add_argument("--data", type=Path, metavar="DIR", help="the data folder")


def _add_dead_letters(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    list_parser = actions.add_parser("list", help="which scans were given up, and why")
    list_parser.add_argument("--json", action="store_true", help="one JSON object a scan and line")
    replay_parser = actions.add_parser("replay", help="let scans be read again")
    replay_parser.add_argument("scans", nargs="*", metavar="SCAN_ID")
    replay_parser.add_argument("--all", action="store_true", help="every scan that was given up")
    replay_parser.add_argument("--by", required=True, metavar="NAME", help="who does it, for the record")
    replay_parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the record")
    for each in (list_parser, replay_parser):
        each.add_argument("--data", type=Path, metavar="DIR", help="the data folder")


def _add_accounts(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    each = [actions.add_parser("list", help="every account and every key")]
    for name, told in (
        ("add", "add a person, and print the link by which they set their password"),
        ("roles", "give other roles and sites"),
        ("disable", "let a person in no longer"),
        ("enable", "let them in again"),
        ("link", "print a new link for who forgot the password"),
        ("sessions", "show in which browsers they are signed in"),
        ("end-sessions", "sign them out everywhere"),
        ("add-device", "make a key for a machine that sends"),
        ("rotate-device", "make it a new key, while the old one is good for some time"),
        ("remove-device", "take nothing by that key any more"),
    ):
        acting = actions.add_parser(name, help=told)
        acting.add_argument("name", metavar="NAME")
        each.append(acting)
        if name in ("add", "roles"):
            acting.add_argument(
                "--role",
                action="append",
                choices=ROLES,
                required=True,
                dest="roles",
                help="may be given again",
            )
        if name == "add-device":
            acting.add_argument("--scanner", metavar="NAME", help="only scans of this device or scanner")
            acting.add_argument(
                "--may",
                nargs="+",
                choices=TASKS,
                default=["deliver"],
                help="what it sends: scans, or what is known",
            )
        if name == "rotate-device":
            acting.add_argument(
                "--overlap-hours",
                type=float,
                default=24.0,
                metavar="N",
                help="the old key is good for so long; 0: it was lost",
            )
        if name in ("add-device", "rotate-device"):
            acting.add_argument(
                "--expires-days", type=float, metavar="N", help="the key ends after so many days"
            )
            shown = acting.add_mutually_exclusive_group()
            shown.add_argument(
                "--certificate", type=Path, metavar="FILE", help="good with this certificate alone, PEM"
            )
            shown.add_argument(
                "--certificate-name", metavar="NAME", help="good with certificates of this name alone"
            )
        if name in ("add", "roles", "add-device"):
            acting.add_argument(
                "--site",
                action="append",
                required=True,
                dest="sites",
                metavar="CODE",
                help="may be given again; *: all",
            )
    for acting in each:
        acting.add_argument("--data", type=Path, metavar="DIR", help="the data folder")


def _add_backup(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup_parser = commands.add_parser(
        "backup", help="copy everything elsewhere, also while the service runs"
    )
    backup_parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a new folder")
    backup_parser.add_argument(
        "--blobs", choices=("all", "reference"), help="copy the bytes of scans too, or leave them in S3"
    )
    backup_parser.add_argument(
        "--since", type=Path, metavar="DIR", help="an earlier backup: what it has is linked, not copied"
    )
    backup_parser.add_argument("--with-keys", action="store_true", help="the keys too, which are secret")
    restore_parser = commands.add_parser("restore", help="put a backup into an empty place")
    restore_parser.add_argument("backup", type=Path, metavar="DIR")
    check_parser = commands.add_parser(
        "check-store", help="whether all bytes that the database names are there and whole"
    )
    check_parser.add_argument("--backup", type=Path, metavar="DIR", help="of this backup")
    check_parser.add_argument("--quick", action="store_true", help="only whether they are there")
    check_parser.add_argument("--json", action="store_true", help="one JSON object, and nothing else")
    keys_parser = commands.add_parser("keys", help="whether this machine has the keys of the others")
    actions = keys_parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    list_parser = actions.add_parser("list", help="whether each fits")
    renew_parser = actions.add_parser("renew", help="let the one of this machine count from now on")
    renew_parser.add_argument("name", choices=NAMES)
    migrate_parser = commands.add_parser("migrate", help="bring the schema up to date, as its owner")
    migrate_parser.add_argument(
        "--grant-to", metavar="ROLE", help="the user of PostgreSQL that the service runs as"
    )
    for each in (backup_parser, restore_parser, check_parser, list_parser, renew_parser, migrate_parser):
        each.add_argument("--data", type=Path, metavar="DIR", help="the data folder")


def _add_model(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    sign_parser = actions.add_parser("sign", help="sign the files of a model that was accepted")
    sign_parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="private key, PEM")
    verify_parser = actions.add_parser("verify", help="whether it is whole, and whose key signed it")
    verify_parser.add_argument("--keys", type=Path, metavar="PATH", help="trusted public keys, PEM")
    for acting in (sign_parser, verify_parser):
        acting.add_argument(
            "folder", nargs="?", type=Path, metavar="FOLDER", help="the active model if left out"
        )


def _add_declare(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="declare_command", required=True, metavar="COMMAND")
    validate_parser = commands.add_parser(
        "validate", help="say what files declare, and what is wrong with them"
    )
    validate_parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    validate_parser.add_argument(
        "--schema", type=Path, metavar="FILE", help="an XML Schema or a JSON Schema to check by"
    )
    validate_parser.add_argument(
        "--canonical", action="store_true", help="the canonical JSON on stdout, one declaration a line"
    )
    validate_parser.add_argument(
        "--mappings", type=Path, metavar="FILE", help="where ASYCUDA and CSV have what (TOML)"
    )
    validate_parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the data folder with imported codes"
    )
    import_parser = commands.add_parser("import-hs", help="import the codes of the Harmonized System")
    import_parser.add_argument("table", type=Path, metavar="CSV")
    import_parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")


if __name__ == "__main__":
    sys.exit(main())
