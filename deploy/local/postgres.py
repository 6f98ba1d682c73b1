"""One PostgreSQL server with a database per service, every durability setting on."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from deploy.local import postgres_probe
from deploy.local.ports import LOOPBACK
from deploy.local.postgres_binaries import Binaries
from deploy.local.privileges import Account, hand_over
from deploy.local.problem import Problem, from_log, said_plainly
from deploy.local.process import Child, Program, alive, birth_of, spawn, stop
from deploy.local.wait import until

SUPERUSER = "bihuan"
START_SECONDS = 120.0
STOP_SECONDS = 30.0
STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's fast stop: sessions are ended, committed work is kept, nothing needs recovery."""

# Accepted means stored: these are the defaults, written down so that no other file can weaken them.
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_SETTINGS = {
    **_DURABLE,
    "listen_addresses": LOOPBACK,
    # No socket file: its path may be too long, and TCP on the loopback address is all we use.
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    "logging_collector": "off",
}


# Repeatable, and by psql's own quoting: `name` and `password` are its variables.
_DATABASE = """\
SELECT format('CREATE ROLE %I', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name')\\gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name')\\gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
"""


@dataclass(frozen=True)
class Server:
    """What one server is made of: programs, its folder, the account it runs as, its log, port and mark."""

    binaries: Binaries
    folder: Path
    account: Account | None
    log: Path
    port: int
    mark: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"


def data_version(folder: Path) -> int | None:
    """Return the major version that made the data in this server folder; None when there is none."""
    file = folder / "data" / "PG_VERSION"
    return int(file.read_text()) if file.exists() else None


def start(server: Server) -> Child:
    """Initialise a new data folder and start the server; it is not ready yet."""
    with said_plainly(server.folder):
        server.folder.mkdir(parents=True, exist_ok=True)
        server.folder.chmod(0o755)
        if not server.data.exists():
            _initialise(server)
        _forget_stale_pid(server)
    settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(server.port)}.items()]
    return spawn(_program(server, ["postgres", "-D", str(server.data), *settings]))


def wait_ready(server: Server, child: Child) -> None:
    """Return when the server takes connections; raise `Problem` when it ended or `START_SECONDS` passed."""
    until(lambda: postgres_probe.is_ready(server.port) or not alive(child), START_SECONDS)
    if not alive(child):
        raise from_log("PostgreSQL", [server.log])
    if not postgres_probe.is_ready(server.port):
        raise Problem(f"PostgreSQL gave no answer within {START_SECONDS:.0f} s.", f"Its log: {server.log}")


def ensure_databases(server: Server, names: list[str]) -> None:
    """Give every service a database of its own, owned by a role that can enter no other. Idempotent."""
    passwords = _passwords(server)
    for name in names:
        passwords.setdefault(name, secrets.token_hex(16))
    _write_passwords(server, passwords)
    _psql(server, "".join(f"\\set name {n}\n\\set password {passwords[n]}\n{_DATABASE}" for n in names))


def dsn(server: Server, role: str, database: str) -> str:
    """Return the address of a database, with the role's password."""
    password = quote(_passwords(server)[role])
    return f"postgresql://{role}:{password}@{LOOPBACK}:{server.port}/{database}"


def _initialise(server: Server) -> None:
    """Make the cluster beside its place and rename it, so that a half-made one never bears the name."""
    scratch = server.folder / "data.new"
    shutil.rmtree(scratch, ignore_errors=True)
    hand_over(scratch, server.account)
    hand_over(server.folder / "run", server.account)
    password = server.folder / "run" / "password"
    _write_passwords(server, {SUPERUSER: secrets.token_hex(16)})
    password.write_text(_passwords(server)[SUPERUSER])
    password.chmod(0o600)
    if server.account is not None:
        os.chown(password, server.account.uid, server.account.gid)
    locale = "C" if sys.platform == "darwin" else "C.UTF-8"
    command = ["initdb", "-D", str(scratch), "-U", SUPERUSER, "-E", "UTF8", f"--locale={locale}"]
    command += ["--data-checksums", "--auth=scram-sha-256", f"--pwfile={password}"]
    child = spawn(_program(server, command))
    until(lambda: not alive(child), START_SECONDS)
    password.unlink()
    if not (scratch / "global" / "pg_control").exists() or not (scratch / "postgresql.conf").exists():
        raise from_log("PostgreSQL", [server.log])
    scratch.rename(server.data)


def _forget_stale_pid(server: Server) -> None:
    """Remove the pid file of a server that died; end one that still runs on our data unknown to the launcher.

    PostgreSQL refuses to start when the number in that file belongs to any living process, however unrelated.
    """
    file = server.data / "postmaster.pid"
    if not file.exists():
        return
    first = re.match(r"\d+", file.read_text())
    if first is not None and _serves(int(first[0]), server):
        pid = int(first[0])
        stop(Child(pid, birth_of(pid) or "gone"), STOP_SECONDS, STOP_SIGNAL)
    file.unlink(missing_ok=True)


def _serves(pid: int, server: Server) -> bool:
    """Say whether the process is a PostgreSQL server on our data folder."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(server.data).encode() in arguments


def _program(server: Server, command: list[str]) -> Program:
    who = server.account
    return Program(
        command=[str(server.binaries.folder / command[0]), *command[1:]],
        environment={**_environment(), "LC_ALL": "C", "TZ": "UTC", **server.mark},
        log=server.log,
        folder=server.folder,
        user=who.uid if who else None,
        group=who.gid if who else None,
    )


def _psql(server: Server, script: str) -> None:
    """Run SQL as the superuser. The script goes through a pipe: command lines are visible to everybody."""
    command = [str(server.binaries.folder / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    where = {"PGHOST": LOOPBACK, "PGPORT": str(server.port), "PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
    environment = {**_environment(), **where, "PGPASSWORD": _passwords(server)[SUPERUSER]}
    done = subprocess.run(
        command, input=script, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise Problem(f"PostgreSQL refused: {done.stderr.strip().splitlines()[-1]}", f"Its log: {server.log}")


def _environment() -> dict[str, str]:
    """Pass nothing that would point PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _passwords(server: Server) -> dict[str, str]:
    file = server.folder / "passwords.json"
    found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return found


def _write_passwords(server: Server, passwords: dict[str, str]) -> None:
    file = server.folder / "passwords.json"
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(passwords))
    new.replace(file)
