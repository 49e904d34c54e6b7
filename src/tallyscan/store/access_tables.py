"""Who may come in: accounts of people with their links and sessions, wrong passwords, and keys of devices.

Of every secret only its hash is kept.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tallyscan.store.tables import ID, SHA256, Table

ACCOUNT = String(80)


class AccountRow(Table):
    """A person, in some roles at some sites; `key` is the name as it is compared. `sites` is `["*"]` for every one.

    Without a `password_hash` (argon2id) nobody can sign in by a password. Who signs in at a provider is known by
    `issuer` and `subject`, whatever they are called there.
    """

    __tablename__ = "accounts"
    key: Mapped[str] = mapped_column(ACCOUNT, primary_key=True)
    name: Mapped[str] = mapped_column(ACCOUNT)
    roles: Mapped[list[str]] = mapped_column(JSON)
    sites: Mapped[list[str]] = mapped_column(JSON)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_set_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    disabled_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    issuer: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (Index("ix_accounts_subject", "issuer", "subject", unique=True),)


class AccountLinkRow(Table):
    """A link by which a person sets their password: once, and not after `expires_at`."""

    __tablename__ = "account_links"
    token_sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.key"), index=True)
    expires_at: Mapped[datetime]


class SessionRow(Table):
    """One browser in which a person is signed in; `seen_at` is when it last asked for something.

    Of who signed in at a provider: its name for the session, and the ID token, which only the session's token opens.
    """

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.key"), index=True)
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(255))
    provider_session: Mapped[str | None] = mapped_column(String(255))
    sealed_id_token: Mapped[str | None] = mapped_column(Text)


class ProviderSignInRow(Table):
    """A browser that is on its way to the provider, to come back once; `page` of the console is where it goes then."""

    __tablename__ = "provider_sign_ins"
    token_sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    expires_at: Mapped[datetime]
    page: Mapped[str] = mapped_column(String(500))


class LogoutTokenRow(Table):
    """A logout token of the provider that was heeded: it is not again."""

    __tablename__ = "logout_tokens"
    id_sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    expires_at: Mapped[datetime]


class PasswordAttemptRow(Table):
    """A password that was wrong, or is looked at now. Of the name its hash: people type passwords there by mistake.

    `what` else was tried: a key, a link, a sign-in at the provider.
    """

    __tablename__ = "password_attempts"
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name_sha256: Mapped[str] = mapped_column(SHA256)
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(16), default="password", server_default="password")

    __table_args__ = (
        Index("ix_password_attempts_name", "name_sha256", "at"),
        Index("ix_password_attempts_address", "address", "at"),
    )


class DeviceKeyRow(Table):
    """The key of a machine that sends: for one scanner or any, at some sites, to `deliver` scans and declarations or
    to `tell` what is known of a consignment. With a `certificate` (`tallyscan.tls`) it is good with that one alone.

    Since it was rotated, the `old_` one is good too, until `old_until`.
    """

    __tablename__ = "device_keys"
    key: Mapped[str] = mapped_column(ACCOUNT, primary_key=True)
    name: Mapped[str] = mapped_column(ACCOUNT)
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    scanner: Mapped[str | None] = mapped_column(String(80))
    sites: Mapped[list[str]] = mapped_column(JSON)
    may: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    certificate: Mapped[str | None] = mapped_column(String(255))
    old_sha256: Mapped[str | None] = mapped_column(SHA256)
    old_until: Mapped[datetime | None]
    old_used_at: Mapped[datetime | None]
    old_certificate: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (Index("ix_device_keys_old", "old_sha256", unique=True),)
