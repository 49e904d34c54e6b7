"""What the HTML pages share: templates that escape every text, no script, and the words for people."""

from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters["sureness"] = lambda confidence: f"{confidence:.2f}" if confidence < 0.995 else "over 0.99"
PAGES.filters["nats"] = lambda weight: f"{weight:+.2f}"
PAGES.filters["time"] = lambda at: at.strftime("%Y-%m-%d %H:%M:%S UTC")
PAGES.filters["quoted"] = lambda name: quote(name, safe="")
