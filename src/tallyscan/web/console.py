"""The officers' console: files that were built when the package was installed, and one page for all its addresses."""

from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from tallyscan.errors import NotFound
from tallyscan.words.translate import catalogue_file

STATIC = Path(__file__).parent / "static"

# Scripts, styles and pictures of this service alone; what the viewer draws and keeps is a blob.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FOREVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html><html lang="en"><title>Tallyscan</title><h1>The console is not built</h1>
<p>Run <code>make console</code> in the checkout, or install the package without
<code>TALLYSCAN_SKIP_CONSOLE</code>. Reports and pictures of scans are there without it.</p></html>"""

router = APIRouter(include_in_schema=False)


@router.get("/")
def start() -> RedirectResponse:
    """People are led to the console."""
    return RedirectResponse("/console/")


@router.get("/consignments/{consignment:path}")
def consignment(consignment: str) -> RedirectResponse:
    """Where reports that were made before the console lead to."""
    return RedirectResponse(f"/console/consignments/{quote(consignment, safe='')}")


@router.get("/console/assets/{name:path}")
def asset(name: str) -> FileResponse:
    """A built file; its name holds its hash, so that it may be kept for ever."""
    path = STATIC / "assets" / name
    if path.parent != STATIC / "assets" or not path.is_file():
        raise NotFound(f"The console has no file {name!r}.", remedy="Load the page again.")
    return FileResponse(path, headers={"Cache-Control": _FOREVER})


@router.get("/console/words/{language}")
def words(language: str) -> FileResponse:
    """What the service says, in a language other than English: a file of the package, not of the console's build."""
    path = catalogue_file(language)
    if path is None:
        raise NotFound(f"The service has no words in {language!r}.", remedy="It speaks English then.")
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


@router.get("/console/{page:path}")
def page(page: str) -> Response:  # noqa: ARG001
    """The console finds the page in the address by itself."""
    index = STATIC / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, 503)
    return HTMLResponse(index.read_text(encoding="utf-8"), headers={"Content-Security-Policy": _POLICY})
