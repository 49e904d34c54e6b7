"""The tables of selectivity: profiles in versions, selections with their reasons, who trades, and what is watched live.

Only a draft changes; everything else is only ever added.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.risk_profile import Action, ProfileStatus, Stage
from tallyscan.selection import ReasonKind
from tallyscan.store.tables import CONSIGNMENT_ID, ID, Table

PROFILE_ID = String(64)
STAGE = String(16)


class RiskProfileRow(Table):
    """One version of a profile; a draft is written over, until it is released."""

    __tablename__ = "risk_profiles"
    profile_id: Mapped[str] = mapped_column(PROFILE_ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[ProfileStatus] = mapped_column(String(16))
    stage: Mapped[Stage] = mapped_column(STAGE)
    saved_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_risk_profiles_in_force", "stage", "status"),)


class SelectionRow(Table):
    """One step in the selection of a consignment at a stage; the newest counts."""

    __tablename__ = "selections"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(STAGE, primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    selected: Mapped[bool]
    superseded: Mapped[bool] = mapped_column(default=False)
    document: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_selections_standing", "stage", "superseded", "selected", "at"),)


class SelectionReasonRow(Table):
    """One reason of a step, to be counted: of those with a chance, rates are weighted by its inverse."""

    __tablename__ = "selection_reasons"
    consignment_id: Mapped[str] = mapped_column(CONSIGNMENT_ID, primary_key=True)
    stage: Mapped[Stage] = mapped_column(STAGE, primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    profile_id: Mapped[str | None] = mapped_column(PROFILE_ID)
    profile_version: Mapped[int | None]
    kind: Mapped[ReasonKind] = mapped_column(String(16))
    action: Mapped[Action] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(server_default="5")
    chance: Mapped[float] = mapped_column(Float)
    drawn: Mapped[bool]

    __table_args__ = (
        ForeignKeyConstraint(
            ["consignment_id", "stage", "sequence"],
            ["selections.consignment_id", "selections.stage", "selections.sequence"],
        ),
        Index("ix_selection_reasons_profile", "profile_id", "profile_version"),
    )


class SelectionSiteRow(Table):
    """At which office a step is listed: its code as it is compared, empty where nobody says where the goods come."""

    __tablename__ = "selection_sites"
    consignment_id: Mapped[str] = mapped_column(CONSIGNMENT_ID, primary_key=True)
    stage: Mapped[Stage] = mapped_column(STAGE, primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    site: Mapped[str] = mapped_column(String(80), primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["consignment_id", "stage", "sequence"],
            ["selections.consignment_id", "selections.stage", "selections.sequence"],
        ),
        Index("ix_selection_sites_site", "site", "stage"),
    )


class DeclaredPartyRow(Table):
    """Consignor and consignee in the current declaration, by their identification number as it is compared."""

    __tablename__ = "declared_parties"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    party: Mapped[str] = mapped_column(String(64), index=True)


class DeclaredOfficeRow(Table):
    """When it is to come to an office by the current declaration, if that says so; the code as it is compared."""

    __tablename__ = "declared_offices"
    consignment_id: Mapped[str] = mapped_column(ForeignKey("consignments.id"), primary_key=True)
    office: Mapped[str] = mapped_column(String(80), primary_key=True)
    expected_at: Mapped[datetime]


class LiveRow(Table):
    """One line for those who watch a site, in the order in which it happened; old ones are thrown away."""

    __tablename__ = "live_lines"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    site: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    consignment: Mapped[str | None] = mapped_column(CONSIGNMENT_ID)
    scan_id: Mapped[str | None] = mapped_column(ID)
    lane: Mapped[str | None] = mapped_column(String(16))
    in_words: Mapped[str] = mapped_column(Text)
    said: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    event_id: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = ({"sqlite_autoincrement": True},)
