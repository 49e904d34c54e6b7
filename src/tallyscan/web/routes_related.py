"""What stands beside a scan for comparison, and the library of scans in which something was found."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from tallyscan.errors import NotFound
from tallyscan.statement import Words
from tallyscan.store import desk as rows
from tallyscan.store import finds as library
from tallyscan.store import queries, related
from tallyscan.store.finds import Find
from tallyscan.store.scan_lines import ScanLine, scan_lines
from tallyscan.store.tables import ScanRow
from tallyscan.store.whose_site import at_sites
from tallyscan.web.errors import problem_responses
from tallyscan.web.gate import CallerDep
from tallyscan.web.related_documents import ReferenceLibrary, RelatedScans, reference, related_scans
from tallyscan.web.related_examples import REFERENCE_LIBRARY, RELATED
from tallyscan.web.service import Service, ServiceDep

Person = Annotated[
    Words | None, Query(description="who asks: who is signed in, or without sign-in as it is given")
]

router = APIRouter(tags=["related"])

NO_FAMILY = ""


@router.get(
    "/v1/scans/{scan_id}/related",
    response_model=RelatedScans,
    responses={200: {"content": {"application/json": {"example": RELATED}}}, **problem_responses(404)},
)
def get_related(
    scan_id: str,
    service: ServiceDep,
    caller: CallerDep,
    person: Person = None,
    blind: Annotated[
        bool, Query(description="the order of the finds tells nothing of what the reading says")
    ] = False,
) -> RelatedScans:
    """Other scans of its container or vehicle and of its consignment, loads of the same goods that look like it, and
    finds: those of a family that its regions look like first, then the nearest. Whoever still has to read the scan
    blind is told nothing that was read of its load, in whichever scan.
    """
    with service.database.read() as session:
        scan = session.get(ScanRow, scan_id)
        if scan is None:
            raise NotFound(f"There is no scan {scan_id!r}.")
        view = queries.scan(session, scan_id)
        reader = caller.name or person
        reads_blind = scan_id in service.desk.hides(session, reader, [scan_id])
        findings = () if blind or reads_blind else (view.reading or {}).get("findings", ())
        units = related.same_unit(session, scan)
        consignment = related.same_consignment(session, scan)
        loads = related.like_loads(session, scan)
        found = related.like_finds(session, scan, [finding["kind"] for finding in findings])
        same_load = {*(each.scan for each in units), *consignment}
        alike = {*(load.scan for load in loads[0]), *(each.find.scan for each in found[0])}
        lines = _lines(
            session, service, reader, same_load | alike, withheld=same_load if reads_blind else set()
        )
    return related_scans(scan_id, units, consignment, loads, found, lines)


@router.get(
    "/v1/reference",
    response_model=ReferenceLibrary,
    responses={
        200: {"content": {"application/json": {"example": REFERENCE_LIBRARY}}},
        **problem_responses(422),
    },
)
def get_reference(
    service: ServiceDep,
    caller: CallerDep,
    person: Person = None,
    family: Annotated[str | None, Query(description="only finds of this family; empty: of none")] = None,
    hs: Annotated[
        str | None, Query(pattern=r"^\d{1,10}$", description="only goods found under codes that begin so")
    ] = None,
    words: Annotated[str, Query(max_length=200, description="all of these are said of the find")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=library.MOST_FINDS)] = 0,
) -> ReferenceLibrary:
    """Scans at the caller's own sites of loads in which a control found something, the newest first."""
    with service.database.read() as session:
        finds = library.finds(session)
        own = at_sites(session, [find.scan for find in finds], caller.sites)
        asked = [find for find in finds if find.scan in own and (hs is None or _is_of(find, hs))]
        if words.strip():
            lines = scan_lines(session, [find.scan for find in asked])
            asked = [find for find in asked if _says(find, lines[find.scan], words)]
        named = Counter(each for find in asked for each in find.families or (NO_FAMILY,))
        of_family = [find for find in asked if family is None or family in (find.families or (NO_FAMILY,))]
        page = of_family[offset : offset + limit]
        lines = _lines(session, service, caller.name or person, {find.scan for find in page})
    return ReferenceLibrary(
        [reference(find, lines) for find in page], len(of_family), dict(sorted(named.items()))
    )


def _lines(
    session: Session,
    service: Service,
    person: str | None,
    scans: AbstractSet[str],
    *,
    withheld: AbstractSet[str] = frozenset(),
) -> dict[str, ScanLine]:
    """As this person may see them; of those in `withheld` they see nothing of a reading at all."""
    hidden = withheld | service.desk.hides(session, person, scans)
    waiting_for_reader = rows.waiting_for_reader(session, scans)
    lines = scan_lines(session, scans)
    for scan in hidden & lines.keys():
        lines[scan] = lines[scan].withheld()
    for scan in waiting_for_reader & lines.keys():
        lines[scan] = replace(lines[scan], officer=None)
    return lines


def _is_of(find: Find, hs: str) -> bool:
    return any(code.startswith(hs) for code in find.hs)


def _says(find: Find, line: ScanLine, words: str) -> bool:
    said = [*find.items, *find.comments, *find.families, line.name, line.goods, find.consignment]
    text = " ".join(each for each in said if each).casefold().replace("_", " ")
    return all(word in text for word in words.casefold().split())
