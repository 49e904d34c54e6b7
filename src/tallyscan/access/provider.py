"""The OpenID Connect provider: what it says of itself, where people are sent, and what a code is worth.

The flow of OAuth 2 is Authlib's, the tokens are checked by joserfc; both come with the extra `oidc`.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import structlog
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from httpx import HTTPStatusError
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from tallyscan.access import provider_tokens
from tallyscan.access.provider_http import ProviderHttp, check_address
from tallyscan.access.provider_tokens import WrongToken
from tallyscan.errors import SignInFailed, TallyscanError, Unavailable
from tallyscan.outbound import Outbound
from tallyscan.settings import Settings

CALLBACK = "/v1/session/provider/callback"
_KNOWN_FOR_SECONDS = 3600.0
_KEYS_AGAIN_SECONDS = 30.0  # a stranger's tokens with keys of their own make no request each
_log = structlog.get_logger(__name__)
_AGAIN = "Sign in again."


@dataclass(frozen=True)
class Proof:
    """How we prove to the provider who we are: a secret, a private key, or neither (a public client)."""

    secret: str | None = None
    key: RSAKey | ECKey | None = None


@dataclass(frozen=True)
class Tokens:
    """What a code was worth: the ID token, and its claims with those of the userinfo where it named no groups."""

    id_token: str
    claims: dict[str, Any]


class Provider:
    """What it says of itself is asked once an hour, by each process; its keys also when it signs with a new one."""

    def __init__(self, settings: Settings, proof: Proof, http: ProviderHttp, base: str) -> None:
        """`base` is the address at which people open the service."""
        assert settings.oidc_issuer is not None
        assert settings.oidc_client_id is not None
        self.issuer, self.client_id = settings.oidc_issuer, settings.oidc_client_id
        self._scopes, self._acr = settings.oidc_scopes, settings.oidc_required_acr
        self._groups_claim = settings.oidc_groups_claim
        self._proof, self._http, self._base = proof, http, base
        self._lock = threading.Lock()
        self._said: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in. Raises `Unavailable`."""
        more = {"acr_values": " ".join(self._acr)} if self._acr else {}
        url, _ = self._client().create_authorization_url(
            self._endpoint("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier, **more
        )
        return str(url)

    def tokens(self, code: str, *, nonce: str, verifier: str, now: datetime) -> Tokens:
        """Raises `SignInFailed` for a code or token that is not to be believed, and `Unavailable`."""
        client, endpoint = self._client(), self._endpoint("token_endpoint")
        try:
            given = client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuth2Error as error:
            raise refused("denied", f"the provider takes no such code: {error.error}") from error
        except (HTTPStatusError, ValueError) as error:
            raise refused("provider", f"the answer for the code is none: {error!r}") from error
        token = given.get("id_token")
        if not isinstance(token, str):
            raise refused("token", "there is no ID token in the answer")
        claims = self._believed(
            token,
            lambda keys: provider_tokens.check_id_token(
                token, keys, issuer=self.issuer, client=self.client_id, nonce=nonce, now=now
            ),
        )
        return Tokens(token, self._with_groups(claims, given.get("access_token")))

    def logout_claims(self, token: str, now: datetime) -> dict[str, Any]:
        """Of a logout token. Raises `SignInFailed`, and `Unavailable`."""
        return self._believed(
            token,
            lambda keys: provider_tokens.check_logout_token(
                token, keys, issuer=self.issuer, client=self.client_id, now=now
            ),
        )

    def leave_address(self, id_token: str | None) -> str | None:
        """Where a browser is sent to sign out of the provider too; None where it has no such page, or is away."""
        try:
            endpoint = self._endpoint("end_session_endpoint")
        except (Unavailable, SignInFailed):
            return None
        said = {"client_id": self.client_id, "post_logout_redirect_uri": f"{self._base}/console/"}
        if id_token is not None:
            said["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(said)}"

    def names_itself_in_answers(self) -> bool:
        """Whether it says that `iss` is in what it sends back (RFC 9207): then it must be."""
        return self._metadata().get("authorization_response_iss_parameter_supported") is True

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _client(self) -> Any:
        proof = self._proof
        client = OAuth2Client(
            self._http,
            client_id=self.client_id,
            client_secret=proof.key or proof.secret,
            token_endpoint_auth_method=self._method(),
            scope=self._scopes,
            redirect_uri=f"{self._base}{CALLBACK}",
            code_challenge_method="S256",
        )
        if proof.key is not None:
            algorithm = "RS256" if isinstance(proof.key, RSAKey) else "ES256"
            client.register_client_auth_method(PrivateKeyJWT(self._endpoint("token_endpoint"), alg=algorithm))
        return client

    def _method(self) -> str:
        if self._proof.key is not None:
            return "private_key_jwt"
        if self._proof.secret is None:
            return "none"
        known = self._metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"

    def _believed(self, token: str, check: Callable[[KeySet], dict[str, Any]]) -> dict[str, Any]:
        try:
            keys = self._keys_now(token)
            return check(keys)
        except WrongToken as error:
            raise refused("token", str(error)) from error

    def _keys_now(self, token: str) -> KeySet:
        """Asked for anew when they are old, or are not those that the token names."""
        now = time.monotonic()
        with self._lock:
            if self._keys is not None:
                age = now - self._keys[0]
                if age < _KEYS_AGAIN_SECONDS or (
                    age < _KNOWN_FOR_SECONDS and provider_tokens.is_known_key(token, self._keys[1])
                ):
                    return self._keys[1]
            self._keys = (now, provider_tokens.keys_in(self._document(self._endpoint("jwks_uri"))))
            return self._keys[1]

    def _metadata(self) -> dict[str, Any]:
        now = time.monotonic()
        if self._said is None or now - self._said[0] > _KNOWN_FOR_SECONDS:
            said = self._document(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if said.get("issuer") != self.issuer:
                raise refused(
                    "provider", f"it calls itself {str(said.get('issuer'))[:300]!r}, not {self.issuer!r}"
                )
            self._said = (now, said)
        return self._said[1]

    def _endpoint(self, name: str) -> str:
        address = self._metadata().get(name)
        if not isinstance(address, str):
            raise refused("provider", f"it names no {name}")
        check_address(address)
        return address

    def _document(self, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = self._http.get(url, headers)
        try:
            document = answer.json() if answer.status_code == 200 else None
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise refused("provider", f"{url[:300]} answers {answer.status_code} without a document")
        return document

    def _with_groups(self, claims: dict[str, Any], access_token: object) -> dict[str, Any]:
        """Many providers name groups in the userinfo alone."""
        from tallyscan.access.groups import groups_in

        known = self._metadata().get("userinfo_endpoint")
        if groups_in(claims, self._groups_claim) is not None or not isinstance(known, str):
            return claims
        if not isinstance(access_token, str):
            return claims
        check_address(known)
        said = self._document(known, {"Authorization": f"Bearer {access_token}"})
        if said.get("sub") != claims["sub"]:
            raise refused("token", "the userinfo is of another person")
        return {**said, **claims}


def refused(why: Any, detail: str) -> SignInFailed:
    """For the log what it was; for the person what it means."""
    _log.warning("nobody is signed in by the provider", why=why, detail=detail[:500])
    told = {
        "denied": "The provider of sign-in let nobody in, or knows nothing of this sign-in any more.",
        "provider": "The provider of sign-in does not answer as it should.",
        "token": "What the provider of sign-in sent is not to be believed.",
    }
    return SignInFailed(why, told[why], remedy=f"{_AGAIN} The log of the service says more.")


def open_provider(settings: Settings) -> Provider:
    """As the settings have it. Raises `TallyscanError` where something is missing in them, or cannot be used."""
    for name in ("oidc_issuer", "oidc_client_id", "console_url"):
        if getattr(settings, name) is None:
            raise _unset(f"sign_in is oidc, and {name} is not set.")
    assert settings.oidc_issuer is not None
    assert settings.console_url is not None
    base = settings.console_url.rstrip("/")
    for name, address in (("oidc_issuer", settings.oidc_issuer), ("console_url", base)):
        try:
            check_address(address)
        except Unavailable as error:
            raise _unset(f"{name} is neither https nor on this machine.") from error
    http = ProviderHttp(settings.oidc_authorities, Outbound(settings.outbound_networks))
    return Provider(settings, _proof(settings), http, base)


def _proof(settings: Settings) -> Proof:
    said = (settings.oidc_client_secret, settings.oidc_client_secret_file, settings.oidc_client_key)
    if sum(each is not None for each in said) > 1:
        raise _unset(
            "Of oidc_client_secret, oidc_client_secret_file and oidc_client_key more than one is set."
        )
    if settings.oidc_client_secret is not None:
        return Proof(settings.oidc_client_secret.get_secret_value())
    path = settings.oidc_client_secret_file or settings.oidc_client_key
    if path is None:
        return Proof()
    try:
        text = path.read_text(encoding="utf-8")
        if settings.oidc_client_secret_file is not None:
            if not text.strip():
                raise ValueError("it is empty")
            return Proof(text.strip())
        return Proof(key=_private_key(text))
    except (OSError, ValueError, JoseError) as error:
        raise _unset(f"{path} cannot be used: {error}.") from error


def _private_key(pem: str) -> RSAKey | ECKey:
    try:
        key: RSAKey | ECKey = RSAKey.import_key(pem)
    except (ValueError, TypeError, JoseError):
        key = ECKey.import_key(pem)
    if not key.is_private:
        raise ValueError("it is no private key")
    return key


def _unset(what: str) -> TallyscanError:
    return TallyscanError(what, remedy="See docs/how-to/sign-in-with-openid-connect.md.")
