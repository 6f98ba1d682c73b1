"""Free text leaves the edge only sealed: AES-256-GCM, one key per matter (design section 5)."""

import base64
import binascii
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.events.contracts.values import Sealed
from libs.events.errors import Unavailable
from libs.events.problems import Problem, Wrong
from libs.events.store import EventStore, VaultKey

Fresh = MutableMapping[UUID, VaultKey]
"""The first keys of matters that one request made; nobody stored them yet."""

NONCE, KEY, KEY_ID = 12, 32, 16
MAX_TEXT = 12_000
REMEMBERED = 10_000
AT_HAND = 1_000
_FOR_ADDRESSES = bytes.maketrans(b"+/", b"-_")
_sealed: Callable[[dict[str, str]], Sealed] = Sealed.__pydantic_validator__.validate_python
"""As `Sealed(...)`, past a function that only passes it on."""


class Cipher(NamedTuple):
    """A matter's key at hand. `about` binds a sealed text to its stage and matter."""

    key_id: str
    key: AESGCM
    about: bytes

    def seal(self, text: str) -> Sealed:
        """The text, so that only this key opens it, and only where it belongs. Problem: it is too long."""
        raw = text.encode()
        if len(raw) > MAX_TEXT:
            raise Problem("fields_wrong", wrong=(Wrong("too_long", pointer=""),))
        nonce = os.urandom(NONCE)
        return _sealed(
            {"sealed": _text(nonce + self.key.encrypt(nonce, raw, self.about)), "key": self.key_id}
        )

    def seal_optional(self, text: str | None) -> Sealed | None:
        """The same for a text that may be absent."""
        return None if text is None else self.seal(text)

    def open(self, text: Sealed) -> str | None:
        """The text in clear; None when its bytes were tampered with."""
        try:
            hidden = base64.urlsafe_b64decode(text.sealed + "=" * (-len(text.sealed) % 4))
            return self.key.decrypt(hidden[:NONCE], hidden[NONCE:], self.about).decode()
        except (InvalidTag, binascii.Error, ValueError):
            return None


class Sealer:
    """Seals and opens texts of matters. Keys live in the stage's `vault`, wrapped by the deployment key.

    The associated data binds a sealed text to its stage and matter, so that it cannot be moved to another.
    """

    def __init__(self, stage: str, deployment_key: bytes) -> None:
        self._stage, self._wrapping = stage, AESGCM(deployment_key)
        self._open: OrderedDict[UUID, Cipher] = OrderedDict()
        self._unwrapped: OrderedDict[tuple[UUID, bytes], Cipher] = OrderedDict()
        self._newest: tuple[VaultKey, Cipher] | None = None

    def at_hand(self, matter: UUID, fresh: Fresh) -> Cipher | None:
        """What seals the texts of a matter whose key is known; None when the vault must be asked."""
        cipher = self._open.get(matter)
        if cipher is None and (key := fresh.get(matter)) is not None:
            cipher = self._unwrap(key)
        return cipher

    async def cipher(self, store: EventStore, matter: UUID, fresh: Fresh) -> Cipher:
        """The same by asking the vault; a matter without a key gets one in `fresh` (see `seal`)."""
        return (await self._ciphers(store, {matter}, fresh))[matter]

    async def seal(self, store: EventStore, texts: Iterable[tuple[UUID, str]], fresh: Fresh) -> list[Sealed]:
        """Each text sealed with its matter's key.

        A matter without a key gets one in `fresh`, which holds only if it is stored together with the
        events that carry the text; so a refused request leaves no key behind.
        """
        wanted = [*texts]
        ciphers = await self._ciphers(store, {matter for matter, _ in wanted}, fresh)
        return [ciphers[matter].seal(text) for matter, text in wanted]

    async def open_(self, store: EventStore, matter: UUID, texts: Iterable[Sealed]) -> list[str | None]:
        """The texts in clear; None where the key was erased or the bytes were tampered with."""
        key = (await store.vault_keys([matter])).get(matter)
        cipher = None if key is None else self._unwrap(key)
        return [None if cipher is None else cipher.open(text) for text in texts]

    def remember(self, keys: Iterable[VaultKey]) -> None:
        """Keep these keys at hand. Only keys that are stored: any other might yet lose to another."""
        for key in keys:
            self._open[key.matter] = self._unwrap(key)
        while len(self._open) > REMEMBERED:
            self._open.popitem(last=False)

    async def _ciphers(self, store: EventStore, matters: set[UUID], fresh: Fresh) -> Mapping[UUID, Cipher]:
        known = {matter: self._open[matter] for matter in matters if matter in self._open}
        unknown = [matter for matter in matters if matter not in known and matter not in fresh]
        held = await store.vault_keys(unknown) if unknown else {}
        self.remember(held.values())
        for matter in matters - known.keys():
            key = held.get(matter) or fresh.get(matter)
            if key is None:
                key = fresh[matter] = self.first_key(matter)
            known[matter] = self._unwrap(key)
        return known

    def first_key(self, matter: UUID) -> VaultKey:
        """A new key, which counts once it is stored."""
        noise, about = os.urandom(KEY_ID + NONCE + KEY), self._about(matter)
        key_id, nonce, key = _text(noise[:KEY_ID]), noise[KEY_ID:-KEY], noise[-KEY:]
        wrapped = nonce + self._wrapping.encrypt(nonce, key, about)
        made = VaultKey(matter, key_id, wrapped)
        self._at_hand(made, Cipher(key_id, AESGCM(key), about))
        return made

    def _unwrap(self, key: VaultKey) -> Cipher:
        newest = self._newest
        if newest is not None and newest[0] is key:
            return newest[1]
        known = self._unwrapped.get((key.matter, key.wrapped))
        if known is not None:
            return known
        nonce, wrapped, about = key.wrapped[:NONCE], key.wrapped[NONCE:], self._about(key.matter)
        try:
            cipher = AESGCM(self._wrapping.decrypt(nonce, wrapped, about))
        except InvalidTag:
            raise Unavailable("sealing key", retry_after=60) from None
        return self._at_hand(key, Cipher(key.key_id, cipher, about))

    def _at_hand(self, key: VaultKey, cipher: Cipher) -> Cipher:
        """A few texts of one matter are sealed one after another; its key is unwrapped for the first."""
        self._newest = key, cipher
        self._unwrapped[key.matter, key.wrapped] = cipher
        if len(self._unwrapped) > AT_HAND:
            self._unwrapped.popitem(last=False)
        return cipher

    def _about(self, matter: UUID) -> bytes:
        return f"{self._stage}/{matter}".encode()


def _text(raw: bytes) -> str:
    """Base64 for addresses without padding, past two functions of the library that only pass it on."""
    return binascii.b2a_base64(raw, newline=False).translate(_FOR_ADDRESSES).rstrip(b"=").decode()


def deployment_key(file: Path | None) -> bytes:
    """The 32 bytes (base64) that wrap every matter's key; the process cannot start without them."""
    if file is None:
        message = "BIHUAN_SEALING_KEY_FILE is not set"
        raise ValueError(message)
    key = base64.b64decode(file.read_text(encoding="ascii").strip())
    if len(key) != 32:
        message = f"{file} does not hold 32 bytes in base64"
        raise ValueError(message)
    return key
