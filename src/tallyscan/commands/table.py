"""Readings as a table for a person at a terminal."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tallyscan.reading import Reading
from tallyscan.verdict import Verdict

_LANE_STYLE = {
    "green": "bold white on green",
    "yellow": "bold black on yellow",
    "red": "bold white on red",
    "not_assessed": "bold reverse",
}


def reading_table(rows: list[tuple[str, str, Reading]]) -> Table:
    """Rows of (scan, declared goods in words, reading)."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=False, pad_edge=False, padding=(0, 1, 1, 0))
    table.add_column("Scan", overflow="fold", max_width=32)
    table.add_column("Declared", overflow="fold", max_width=32)
    table.add_column("Seen", overflow="fold", max_width=32)
    table.add_column("Declaration", overflow="fold", max_width=32)
    table.add_column("Lane, risk", no_wrap=True)
    table.add_column("Seconds", justify="right", no_wrap=True)
    for name, declared, reading in rows:
        lane, score = reading.risk.lane, reading.risk.score
        table.add_row(
            Text(name),
            Text(declared or "nothing", style="" if declared else "dim"),
            _seen(reading),
            _verdicts(reading.verdicts) if reading.status == "read" else Text("undetermined", style="dim"),
            Text.assemble(
                (f" {lane.replace('_', ' ')} ", _LANE_STYLE[lane]), "" if score is None else f" {score:.2f}"
            ),
            Text(f"{reading.seconds.total:.2f}"),
        )
    return table


def print_table(console: Console, rows: list[tuple[str, str, Reading]]) -> None:
    """The table; then, in full, why scans were not read."""
    console.print(reading_table(rows))
    unread = [(name, reading) for name, _, reading in rows if reading.status != "read"]
    for name, reading in unread:
        console.print(Text.assemble((name, "bold"), f": {reading.reason}"))
    if unread:
        console.print(
            f"[bold]{len(unread)} of {len(rows)} not assessed:[/bold] nobody and nothing has cleared them."
        )


def _seen(reading: Reading) -> Text:
    if reading.status != "read":
        code = (reading.reason or "").partition(":")[0]
        return Text(f"{reading.status.replace('_', ' ')}: {code}", style="bold")
    kinds = list(dict.fromkeys(finding.kind.replace("_", " ") for finding in reading.findings))
    decision = reading.anomaly.decision
    if decision == "alarm":
        return Text.assemble(("alarm", "bold red"), ": " if kinds else "", ", ".join(kinds))
    return Text("no anomaly found" if decision == "clear" else "not assessed")


def _verdicts(verdicts: tuple[Verdict, ...]) -> Text:
    """Which rules found a difference, and how many rules agree or are undetermined, over all units."""
    order = ("differs", "undetermined", "agrees")
    worst: dict[str, str] = {}
    for verdict in verdicts:
        worst[verdict.rule] = min(worst.get(verdict.rule, "agrees"), verdict.outcome, key=order.index)
    differs = [rule.replace("_", " ") for rule, outcome in worst.items() if outcome == "differs"]
    agree = sum(outcome == "agrees" for outcome in worst.values())
    undetermined = sum(outcome == "undetermined" for outcome in worst.values())
    if undetermined == len(worst):
        return Text("undetermined", style="dim")
    text = Text()
    if differs:
        text.append("differs: ", "bold red").append(", ".join(differs) + "\n")
    return text.append(f"{agree} agree, {undetermined} undetermined", "dim" if differs else "")
