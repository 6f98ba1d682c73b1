"""Who calls: bearer JWTs (ES256), verified locally, once per token, remembered until they expire."""

import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet

from libs.events.clock import Clock
from libs.events.errors import Unavailable
from libs.events.problems import Problem
from libs.events.settings import Settings

ALGORITHMS = ["ES256"]
LEEWAY = 60
MAX_TOKEN = 4096
REMEMBERED = 4096
RELOAD_AFTER = 5.0
REFETCH_AFTER = 300.0
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller as the token states it; opaque ids only."""

    user: str
    org: str
    roles: frozenset[str]
    jurisdiction: str | None
    on_behalf_of: str | None
    expires: float


class Tokens:
    """Verifies bearer tokens against a JWKS from a file (read again when it changes) or from a URL."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.keys = Keys(settings.jwks_file, settings.jwks_url)
        self._known: OrderedDict[str, Principal] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """The caller behind an `Authorization` header; a 401 Problem when there is none."""
        if self.keys.due() and await self.keys.refreshed():
            self._known.clear()
        now = self._clock().timestamp()
        known = self._known.get(authorization or "")
        if known is None:
            known = await self._verified(_bearer(authorization), now)
            self._remember(authorization or "", known)
        if known.expires + LEEWAY <= now:
            raise _refused("token_expired")
        return known

    def _remember(self, authorization: str, principal: Principal) -> None:
        """By the whole header, to the letter: a look-up is all that a known token costs."""
        self._known[authorization] = principal
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _verified(self, token: str, now: float) -> Principal:
        try:
            return self._verify(token, now)
        except (Problem, Unavailable):
            if not await self.keys.refreshed(doubted=True):
                raise
            return self._verify(token, now)

    def _verify(self, token: str, now: float) -> Principal:
        if self.keys.current is None:
            raise Unavailable("token keys")
        try:
            claims = jwt.decode(token, self.keys.current, algorithms=ALGORITHMS).claims
            self._registry(int(now)).validate(claims)
            return _principal(claims)
        except ExpiredTokenError:
            raise _refused("token_expired") from None
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise _refused("token_invalid") from None

    def _registry(self, now: int) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "value": self._settings.token_issuer},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )


class Keys:
    """The public keys in use, looked up again now and then: a file every 5 s, a URL every 300 s."""

    def __init__(
        self, file: Path | None, url: str | None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.current: KeySet | None = None
        self._file, self._url, self._monotonic = file, url, monotonic
        self._looked = float("-inf")
        self._stamp: tuple[int, int] | None = None
        self._text = ""

    def due(self, *, doubted: bool = False) -> bool:
        """Whether it is time to look again."""
        patient = self._url is not None and self.current is not None and not doubted
        return self._monotonic() - self._looked >= (REFETCH_AFTER if patient else RELOAD_AFTER)

    async def refreshed(self, *, doubted: bool = False) -> bool:
        """Loads the keys when it is time; true when they are others than before.

        `doubted`: a token did not fit them, so a URL is asked earlier (keys rotate), but not for every token.
        """
        if not self.due(doubted=doubted):
            return False
        self._looked = self._monotonic()
        text = await self._fetch() if self._file is None else self._read(self._file)
        if text is None or text == self._text:
            return False
        try:
            self.current = KeySet.import_key_set(json.loads(text))
        except (JoseError, ValueError, TypeError, KeyError):
            return False
        self._text = text
        return True

    def _read(self, file: Path) -> str | None:
        try:
            stat = file.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return None
            text = file.read_text(encoding="utf-8")
        except OSError:
            return None
        self._stamp = stamp
        return text

    async def _fetch(self) -> str | None:
        if self._url is None:
            return None
        try:
            async with httpx.AsyncClient(timeout=3.0, follow_redirects=False) as client:
                answer = await client.get(self._url)
        except httpx.HTTPError:
            return None
        return answer.text if answer.status_code == httpx.codes.OK else None


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refused("token_missing")
    if len(token) > MAX_TOKEN:
        raise _refused("token_invalid")
    return token


def _refused(code: str) -> Problem:
    challenge = "Bearer" if code == "token_missing" else 'Bearer error="invalid_token"'
    return Problem(code, headers={"www-authenticate": challenge})


def _principal(claims: Mapping[str, Any]) -> Principal:
    roles, act = claims["roles"], claims.get("act")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise TypeError("roles")
    return Principal(
        user=_text(claims["sub"]),
        org=_text(claims["org"]),
        roles=frozenset(roles),
        jurisdiction=_text(claims["jurisdiction"]) if "jurisdiction" in claims else None,
        on_behalf_of=_text(act["sub"]) if act is not None else None,
        expires=float(claims["exp"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not _OPAQUE.fullmatch(value):
        raise ValueError("claim")
    return value


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a local token is issued to; the city pack's people have this shape."""

    user: str
    org: str
    roles: tuple[str, ...]
    jurisdiction: str | None = None
    on_behalf_of: str | None = None


def issue(person: Person, key: ECKey, settings: Settings, *, now: datetime, seconds: int = 3600) -> str:
    """A token as an identity provider would issue it, signed with the local stack's key."""
    issued = int(now.timestamp())
    claims: dict[str, Any] = {"iss": settings.token_issuer, "aud": settings.audience, "sub": person.user}
    claims |= {"org": person.org, "roles": list(person.roles), "iat": issued, "exp": issued + seconds}
    if person.jurisdiction is not None:
        claims["jurisdiction"] = person.jurisdiction
    if person.on_behalf_of is not None:
        claims["act"] = {"sub": person.on_behalf_of}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=ALGORITHMS)


def signing_key(text: str) -> ECKey:
    """The private key from the text of `signing.jwk`."""
    return ECKey.import_key(json.loads(text))


def new_key() -> tuple[str, str]:
    """A fresh P-256 key as (private JWK, public JWKS), both JSON text."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    public = {**key.as_dict(private=False), "use": "sig", "alg": "ES256"}
    return json.dumps(key.as_dict(private=True)), json.dumps({"keys": [public]})
