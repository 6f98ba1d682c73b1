"""The keys of a local stack, made once: whom the services believe (tokens), and what seals personal texts."""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.problem import said_plainly

_COORDINATE = 32
"""Bytes of one coordinate on the curve P-256."""


@dataclass(frozen=True)
class Keys:
    """Files: the private signing key (mode 600), the public keys, the sealing key (mode 600)."""

    signing: Path
    jwks: Path
    sealing: Path


def files(home: Path) -> Keys:
    """Return where the keys of the stack in `home` are, made or not."""
    return Keys(home / "signing.jwk", home / "jwks.json", home / "sealing.key")


def ensure(home: Path) -> Keys:
    """Make the keys that are missing; an existing one is never replaced, because texts are sealed with it."""
    keys = files(home)
    with said_plainly(home):
        if not keys.signing.exists():
            _write_privately(keys.signing, json.dumps(_signing_key()))
        if not keys.sealing.exists():
            _write_privately(keys.sealing, base64.b64encode(secrets.token_bytes(32)).decode())
        private = json.loads(keys.signing.read_text())
        public = {name: value for name, value in private.items() if name != "d"}
        keys.jwks.write_text(json.dumps({"keys": [public]}))
    return keys


def _signing_key() -> dict[str, str]:
    """Return a new private key for ES256 in JWK form (RFC 7517, RFC 7518 section 6.2)."""
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "alg": "ES256",
        "kid": secrets.token_hex(8),
        "x": _base64url(numbers.public_numbers.x),
        "y": _base64url(numbers.public_numbers.y),
        "d": _base64url(numbers.private_value),
    }


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_COORDINATE, "big")).rstrip(b"=").decode()


def _write_privately(file: Path, text: str) -> None:
    """Write by rename, readable for the owner only from the first byte on."""
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(file)
