"""A small OpenID Connect provider on loopback (PKCE by Authlib, signatures by joserfc) that can go wrong."""

import json
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

KEY = RSAKey.generate_key(2048, auto_kid=True)
CLIENT, SECRET = "tallyscan", "a-secret-of-the-client"


@dataclass
class FakePerson:
    """Who signs in at once when a browser comes; `more` is laid over the claims, None takes one away."""

    claims: dict[str, Any] = field(
        default_factory=lambda: {"sub": "7", "name": "O. Kovalenko", "groups": ["ops"]}
    )
    more: dict[str, Any] = field(default_factory=dict)


class OidcProvider:
    """`codes` are used once; what left is in `left`."""

    def __init__(self) -> None:
        self.keys = [KEY]
        self.person, self.algorithm = FakePerson(), "RS256"
        self.signs_with: Any = None
        self.codes: dict[str, dict[str, str]] = {}
        self.left: list[dict[str, str]] = []
        self.answers_with_bytes: bytes | None = None
        self.issuer = ""
        self.says_more: dict[str, Any] = {}
        self.client_key: Any = None
        self.userinfo: dict[str, Any] | None = None

    def signed(self, claims: dict[str, Any], typ: str = "JWT") -> str:
        key = self.signs_with or self.keys[-1]
        header = {"alg": self.algorithm, "typ": typ, "kid": self.keys[-1].kid}
        if self.algorithm == "none":
            _head, body, _ = jwt.encode({**header, "alg": "RS256"}, claims, self.keys[-1]).split(".")
            return f"eyJhbGciOiJub25lIn0.{body}."
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "sid": "s-1",
        }
        claims |= {**self.person.claims, **self.person.more}
        return self.signed({name: value for name, value in claims.items() if value is not None})

    def logout_token(self, **more: Any) -> str:
        now = int(time.time())
        event = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": token_urlsafe()}
        claims |= {"events": event, "sub": "7", **more}
        return self.signed({name: value for name, value in claims.items() if value is not None}, "logout+jwt")

    def document(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
            names |= {"end_session_endpoint": "leave"}
            names |= {"userinfo_endpoint": "userinfo"} if self.userinfo is not None else {}
            ends = {name: f"{self.issuer}/{end}" for name, end in names.items()}
            return {"issuer": self.issuer, **ends, **self.says_more}
        return dict(KeySet(list(self.keys)).as_dict(private=False)) if path == "/jwks" else None

    def token_answer(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        if not (self._knows_key(form) if self.client_key else self._knows_secret(authorization)):
            return 401, {"error": "invalid_client"}
        if asked is None or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        assert form["redirect_uri"] == asked["redirect_uri"]
        token = self.id_token(asked["nonce"])
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": token}

    def _knows_secret(self, authorization: str) -> bool:
        return b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"

    def _knows_key(self, form: dict[str, str]) -> bool:
        """RFC 7523: the client signs who it is, for us, with its own key."""
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return False
        try:
            token = jwt.decode(form["client_assertion"], self.client_key, algorithms=["RS256", "ES256"])
        except JoseError:
            return False
        claims = token.claims
        is_for_us = f"{self.issuer}/token" in (claims["aud"], *claims["aud"])
        return claims["iss"] == claims["sub"] == CLIENT and is_for_us and claims["exp"] > time.time()


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/authorize":
            assert query["code_challenge_method"] == "S256"
            assert query["response_type"] == "code"
            code = token_urlsafe()
            self.provider.codes[code] = query
            self._go(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")
        elif parts.path == "/userinfo":
            known = self.headers.get("Authorization") == "Bearer a"
            self._say(200 if known else 401, self.provider.userinfo or {})
        elif parts.path == "/leave":
            self.provider.left.append(query)
            self._go(query["post_logout_redirect_uri"])
        else:
            document = self.provider.document(parts.path)
            self._say(200 if document else 404, document or {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._say(*self.provider.token_answer(form, self.headers.get("Authorization", "")))

    def _go(self, url: str) -> None:
        self.send_response(303)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, document: dict[str, Any]) -> None:
        body = self.provider.answers_with_bytes or json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    provider = OidcProvider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
