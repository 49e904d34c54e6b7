"""Tokens that a provider signs: whose they are, for whom, until when. Checked by joserfc; nothing unsigned counts."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwe, jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures with a key that only the provider has: never `none`, never one with the secret that we have too."""

CLOCK_SKEW_SECONDS = 60
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST_SUBJECT = 255


class WrongToken(Exception):
    """It is not to be believed; the text says why, for the log."""


def keys_in(document: Any) -> KeySet:
    """The keys that signatures are checked with; what is no public key of a kind in use is left out. Raises
    `WrongToken` where none is left."""
    listed = document.get("keys") if isinstance(document, dict) else None
    keys: list[RSAKey | ECKey] = []
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        try:
            if each.get("kty") == "RSA":
                keys.append(RSAKey.import_key(each))
            elif each.get("kty") == "EC":
                keys.append(ECKey.import_key(each))
        except (JoseError, ValueError, TypeError):
            continue
    if not keys:
        raise WrongToken("the provider has no key to check signatures with")
    return KeySet(list(keys))


def is_known_key(token: str, keys: KeySet) -> bool:
    """Whether the key that the token names is among these; one that names none may be of any."""
    try:
        named = jwt_header(token).get("kid")
    except WrongToken:
        return True
    return named is None or any(key.kid == named for key in keys)


def jwt_header(token: str) -> dict[str, Any]:
    """Not checked in any way. Raises `WrongToken` for what has none."""
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError) as error:
        raise WrongToken(f"it is no signed token: {error!r}") from error


def check_id_token(
    token: str, keys: KeySet, *, issuer: str, client: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """Its claims. Raises `WrongToken`."""
    claims = _claims(token, keys, issuer, client, now, nonce={"essential": True, "value": nonce})
    audience, party = claims["aud"], claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, client):
        raise WrongToken("it was issued to another party")
    return claims


def check_logout_token(
    token: str, keys: KeySet, *, issuer: str, client: str, now: datetime
) -> dict[str, Any]:
    """Its claims: by `sub` or `sid` it says whose sessions end. Raises `WrongToken`."""
    if jwt_header(token).get("typ", "logout+jwt").lower() not in ("logout+jwt", "jwt"):
        raise WrongToken("it is no logout token by its type")
    claims = _claims(token, keys, issuer, client, now, jti={"essential": True})
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict):
        raise WrongToken("it tells of no logout")
    if "nonce" in claims:
        raise WrongToken("it has a nonce, so is an ID token")
    if not any(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "sid")):
        raise WrongToken("it says of nobody that they left")
    return claims


def _claims(
    token: str, keys: KeySet, issuer: str, client: str, now: datetime, **more: ClaimsOption
) -> dict[str, Any]:
    wanted: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client},
        "exp": {"essential": True},
        "iat": {"essential": True},
        **more,
    }
    if "nonce" in more:
        wanted["sub"] = {"essential": True}
    try:
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        JWTClaimsRegistry(int(now.timestamp()), CLOCK_SKEW_SECONDS, **wanted).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise WrongToken(f"{error!r}") from error
    subject = claims.get("sub")
    if subject is not None and not (isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT):
        raise WrongToken("its subject is no name of 255 signs or fewer")
    return claims


def is_strong(claims: Mapping[str, Any], acr: tuple[str, ...], amr: tuple[str, ...]) -> bool:
    """Whether the person proved themselves at the provider as is asked for: one of each."""
    methods = claims.get("amr")
    known = {each for each in methods if isinstance(each, str)} if isinstance(methods, list) else set()
    return (not acr or claims.get("acr") in acr) and (not amr or bool(known & set(amr)))


def sealed(id_token: str, session_token: str) -> str:
    """Kept beside the session, of use only to who has its token."""
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, id_token, _seal(session_token))


def unsealed(kept: str, session_token: str) -> str | None:
    """The opposite; None where it is of another session."""
    try:
        plain = jwe.decrypt_compact(kept, _seal(session_token)).plaintext
    except (JoseError, ValueError):
        return None
    return plain.decode() if plain is not None else None


def _seal(session_token: str) -> OctKey:
    return OctKey.import_key(hmac.new(session_token.encode(), b"id token", hashlib.sha256).digest())
