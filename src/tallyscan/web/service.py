"""What the web needs of the rest, put together in `bootstrap`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from tallyscan.access.access import Access
from tallyscan.acquire.dicom_arrivals import Arrivals
from tallyscan.admission import AdmissionControl
from tallyscan.centre import Centre
from tallyscan.desk import Desk
from tallyscan.disposer import Disposer
from tallyscan.examine.kept_image import KeptImages
from tallyscan.finding import ModelIdentity
from tallyscan.hs_nomenclature import CHAPTERS_ONLY, Nomenclature
from tallyscan.observe.meters import Meters
from tallyscan.observe.readiness import Ready
from tallyscan.observe.tracing import Tracer
from tallyscan.profile_book import ProfileBook
from tallyscan.recorder import Recorder
from tallyscan.store.blobs import Blobs
from tallyscan.store.database import Database
from tallyscan.store.intake import Intake
from tallyscan.store.joins import Joins
from tallyscan.web.rates import Rates
from tallyscan.web.watchers import Watchers

MOST_WHOLE_UPLOADS = 2
"""Until it is whole an upload lies on the disk, then it is in memory until it is kept; further ones wait there."""

MOST_UPLOAD_WRITES = 8
"""Chunks that are written at one time. A disk that is slow holds up uploads, and not the officers."""

MOST_PASSWORD_CHECKS = 2
"""Each takes 64 MiB for some tens of milliseconds; further ones wait."""


@dataclass(frozen=True)
class Service:
    """`wake` tells the worker that there is work; `stopped_parts` names what should run and does not.

    `arrivals` is where DICOM objects go; `dicom_port` is where the DICOM network is listened to, None: nowhere. A
    selection is listed for `selection_days`. Without `access` nobody signs in, and everybody may do everything.
    """

    database: Database
    blobs: Blobs
    intake: Intake
    joins: Joins
    recorder: Recorder
    disposer: Disposer
    incoming_dir: Path
    max_bytes: int
    models_dir: Path
    model: ModelIdentity
    wake: Callable[[], None]
    stopped_parts: Callable[[], tuple[str, ...]]
    arrivals: Arrivals
    dicom_port: int | None
    profiles: ProfileBook
    selection_days: float
    watchers: Watchers
    images: KeptImages
    centre: Centre
    admission: AdmissionControl
    ready: Callable[[], Ready]
    meters: Meters = field(default_factory=Meters)
    tracer: Tracer = field(default_factory=Tracer)
    desk: Desk = field(default_factory=Desk)
    contact_points: Mapping[str, str] = field(default_factory=dict)
    whole_uploads: CapacityLimiter = field(default_factory=partial(CapacityLimiter, MOST_WHOLE_UPLOADS))
    upload_writes: CapacityLimiter = field(default_factory=partial(CapacityLimiter, MOST_UPLOAD_WRITES))
    max_declaration_bytes: int = 16_000_000
    rates: Rates = field(default_factory=Rates)
    silent_minutes: float = 5.0
    nomenclature: Nomenclature = CHAPTERS_ONLY
    access: Access | None = None
    password_checks: CapacityLimiter = field(default_factory=partial(CapacityLimiter, MOST_PASSWORD_CHECKS))


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
