"""What axe has to say of a page."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parent.parent.parent / "src" / "console" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    """Each rule of WCAG 2 A and AA that the page breaks, with the elements."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found: dict[str, Any] = page.evaluate(
        f"axe.run(document, {{runOnly: {{type: 'tag', values: {json.dumps(tags)}}}}})"
    )
    return [
        f"{broken['id']}: {[node['html'][:120] for node in broken['nodes']]}"
        for broken in found["violations"]
    ]
