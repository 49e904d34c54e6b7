"""The account of somebody who signed in at a provider: by issuer and subject, whatever they are called there."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tallyscan.access.groups import Granted
from tallyscan.access.names import account_key
from tallyscan.access.secrets import hash_of
from tallyscan.store.access_tables import AccountRow, DeviceKeyRow, SessionRow

_LONGEST = 70


def account_of(
    session: Session, issuer: str, claims: Mapping[str, Any], gives: Granted, now: datetime
) -> AccountRow | None:
    """With these roles and sites from now on, also in sessions that are open. None where no group gives any: then its
    sessions end. At the first sign-in it gets the name that the provider says, or one like it that nobody has; it keeps
    it, since decisions stand on record under it."""
    subject = claims["sub"]
    known = select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject)
    row = session.execute(known).scalar()
    if not gives.roles:
        if row is not None:
            row.roles, row.sites = [], []
            session.execute(delete(SessionRow).where(SessionRow.account == row.key))
        return None
    if row is None:
        name = _free(session, _name_in(claims) or f"Officer {hash_of(subject)[:8]}")
        row = AccountRow(key=account_key(name), name=name, issuer=issuer, subject=subject, created_at=now)
        row.created_by = "provider"
        session.add(row)
    row.roles, row.sites = list(gives.roles), list(gives.sites)
    if row.disabled_at is None:
        row.signed_in_at = now
    return row


def _name_in(claims: Mapping[str, Any]) -> str:
    """As far as a name of an account may have its signs."""
    for said in (claims.get("name"), claims.get("preferred_username")):
        if isinstance(said, str):
            plain = "".join(
                sign if sign.isalnum() or sign in " .'@+-_" or unicodedata.category(sign) == "Mn" else " "
                for sign in unicodedata.normalize("NFC", said[:400])
            )
            name = " ".join(plain.split()).strip(" .'@+-")[:_LONGEST].strip(" .'@+-")
            if name:
                return name
    return ""


def _free(session: Session, name: str) -> str:
    """The name, or with the first number behind it, that neither a person nor a device has."""
    number, tried = 1, name
    while any(session.get(table, account_key(tried)) is not None for table in (AccountRow, DeviceKeyRow)):
        number += 1
        tried = f"{name} {number}"
    return tried
