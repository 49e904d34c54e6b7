"""The tables of referrals: where each stands, and the steps that led there, which are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.referral import ReferralState, StepKind
from tallyscan.store.tables import ID, SHA256, Table


class ReferralRow(Table):
    """Where the referral of a decision stands now. `office` is as it is compared, empty where none was named."""

    __tablename__ = "referrals"
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"), primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    state: Mapped[ReferralState] = mapped_column(String(16))
    office: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_referrals_office", "state", "office", "opened_at"),
        Index("ix_referrals_scan", "scan_id"),
    )


class ReferralStepRow(Table):
    """What an office, or who referred it, did about a referral: never changed."""

    __tablename__ = "referral_steps"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.decision_id"))
    step: Mapped[StepKind] = mapped_column(String(16))
    person: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime]
    said_sha256: Mapped[str] = mapped_column(SHA256)
    document: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_referral_steps_referral", "referral_id", "position"),
        {"sqlite_autoincrement": True},
    )
