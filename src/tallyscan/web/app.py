"""The web application, around a service that is already put together."""

from typing import Any

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from tallyscan import __version__
from tallyscan.web import (
    console,
    routes_accounts,
    routes_audit,
    routes_board,
    routes_consignments,
    routes_crossing_points,
    routes_dead_letters,
    routes_declarations,
    routes_desk,
    routes_dispositions,
    routes_holds,
    routes_images,
    routes_incoming,
    routes_joins,
    routes_live,
    routes_measures,
    routes_models,
    routes_outbox,
    routes_profile_facts,
    routes_profiles,
    routes_provider,
    routes_queue,
    routes_referrals,
    routes_related,
    routes_rereads,
    routes_reviews,
    routes_scanners,
    routes_scans,
    routes_selection,
    routes_service,
    routes_session,
    routes_sheets,
    routes_sites,
    routes_statistics,
    routes_stow,
    routes_trail,
)
from tallyscan.web.admit import admit, check_every_route
from tallyscan.web.declaration_body import SENT_SCHEMAS
from tallyscan.web.described import described
from tallyscan.web.errors import add_error_handlers
from tallyscan.web.gate import Gate
from tallyscan.web.headers import SecurityHeaders
from tallyscan.web.observed import Observed
from tallyscan.web.service import Service

_ABOUT = (
    "A cargo X-ray scan and its declaration go in; regions, verdicts on the declaration and the risk record "
    "of the consignment come out. Errors are application/problem+json."
)


class _Described(FastAPI):
    """Bodies that are read by hand refer to schemas which the framework does not see."""

    def openapi(self) -> dict[str, Any]:
        """The description of the interface, whole: every reference in it leads somewhere."""
        description = super().openapi()
        description["components"]["schemas"].update(SENT_SCHEMAS)
        return described(description)

    def build_middleware_stack(self) -> ASGIApp:
        """As usual, with the headers around all of it: also around the answer to what nobody expected."""
        return SecurityHeaders(super().build_middleware_stack())


def create_app(service: Service) -> FastAPI:
    """The application. Pages that load scripts from elsewhere are off: the interface is in /openapi.json.

    Raises `LookupError` for a route of which nobody said who may call it.
    """
    app = _Described(
        title="Tallyscan",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(admit)],
    )
    app.state.service = service
    add_error_handlers(app)
    app.add_middleware(Gate, service_of=app)
    app.add_middleware(Observed, service_of=app)
    rooms = (
        routes_scans,
        routes_images,
        routes_measures,
        routes_trail,
        routes_audit,
        routes_related,
        routes_joins,
        routes_sheets,
        routes_reviews,
        routes_referrals,
        routes_desk,
        routes_stow,
        routes_incoming,
        routes_crossing_points,
        routes_consignments,
        routes_queue,
        routes_dispositions,
        routes_selection,
        routes_live,
        routes_profile_facts,
        routes_profiles,
        routes_declarations,
        routes_scanners,
        routes_models,
        routes_dead_letters,
        routes_rereads,
        routes_holds,
        routes_outbox,
        routes_sites,
        routes_board,
        routes_statistics,
        routes_service,
        routes_session,
        routes_provider,
        routes_accounts,
        console,
    )
    for room in rooms:
        app.include_router(room.router)
    check_every_route(app, [room.router for room in rooms])
    return app


def build_routes(app: FastAPI) -> None:
    """Build now what is otherwise built by the first request, in the event loop, while everybody waits for seconds."""
    nowhere = {"type": "http", "method": "GET", "path": "/nowhere", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nowhere)
