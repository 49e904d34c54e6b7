"""Dashboard, alerts and runbooks hold together: every metric exists, every alert has its runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCS = Path(__file__).parents[2] / "docs"
OPERATIONS = DOCS / "operations"
PAGE = (DOCS / "reference" / "metrics.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(tallyscan_\w+)` \| (\w+) \|([^|]*)\|", PAGE, re.MULTILINE)
LABELS = {name: set(re.findall(r"`(\w+)`", labels)) for name, _, labels in ROWS}
KINDS = {name: kind for name, kind, _ in ROWS}
GIVEN = {"job", "instance", "le"}  # by Prometheus itself
FUNCTIONS = {
    "and", "by", "count", "histogram_quantile", "increase", "max", "min", "rate", "sum", "topk"
}  # fmt: skip


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((OPERATIONS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    board = json.loads((OPERATIONS / "grafana-dashboard.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = board["panels"]
    return found


def expressions() -> list[str]:
    return [rule["expr"] for rule in rules()] + [
        target["expr"] for panel in panels() for target in panel["targets"]
    ]


def series(name: str) -> str:
    """The described metric whose series that is; a histogram has three kinds of them."""
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if KINDS.get(base) == "histogram" else name


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_expression_asks_for_metrics_and_labels_that_exist(expression: str) -> None:
    named = set(re.findall(r"\btallyscan_\w+", expression.replace('job="tallyscan"', "")))
    metrics = {series(name) for name in named}
    assert metrics <= set(LABELS)
    assert named or re.search(r"\b(up|process_\w+)\{", expression)
    for name in named:  # a histogram itself is no series
        assert (KINDS[series(name)] == "histogram") == (series(name) != name)
    known = set().union(GIVEN, *(LABELS[name] for name in metrics))
    grouped = {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(", ")}
    asked = set(re.findall(r"[{,]\s*(\w+)\s*=~?", expression))
    assert grouped | asked <= known
    for counted in re.findall(r"(?:rate|increase)\((\w+)", expression):
        assert KINDS[series(counted)] in ("counter", "histogram")
    for opened, closed in ("()", "{}", "[]"):
        assert expression.count(opened) == expression.count(closed)
    words = re.findall(r"\b([a-z_]+)(?: by)? ?\(", re.sub(r'"[^"]*"', "", expression))
    assert set(words) <= FUNCTIONS


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {
        series(name)
        for panel in panels()
        for target in panel["targets"]
        for name in re.findall(r"\btallyscan_\w+", target["expr"])
    }
    assert shown == set(LABELS)


def test_panels_lie_side_by_side_and_have_ids_of_their_own() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in panels()})


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    text = (OPERATIONS / "runbooks.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    alerts = rules()
    assert list(parts) == [rule["alert"] for rule in alerts]
    for name, part in parts.items():
        assert all(word in part for word in ("**Means.**", "**Look at.**", "**Do.**", "**Over when**")), name
    for rule in alerts:
        assert rule["annotations"]["runbook"] == f"runbooks.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("critical", "warning")
        told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        kept = set(re.findall(r"by \((\w+)\)", rule["expr"]))
        assert told <= kept
