"""The one-shot jobs of `docker-compose.yml`: `python -m stack.containers JOB`.

There each server and process is a container of its own. This module gives them what `assembly`
gives to processes on one machine: passwords, made once, and the places of the others. Each reader
of secrets has a folder, which is a volume that it alone mounts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stack import console, nats, rebuild, replay, seed
from stack.assembly import DEMO_USERNAME, Assembly
from stack.credentials import Credentials, load_credentials, write_private
from stack.errors import StackError
from stack.folders import Folders
from stack.order import SUBGRAPHS, processes_of
from stack.router_yaml import Places, router_configuration

PROJECT = Path(__file__).resolve().parents[1]
VOLUMES = Path("/run/microtwitt")
REPLICAS = 2
SUBGRAPH_PORT = 4000
SECRET_VARIABLES = (
    "MT_NATS_URL",
    "MT_ROUTER_SECRET",
    "MT_CURSOR_SECRET",
    "MT_DATABASE_URL",
    "MT_NEO4J_URL",
    "MT_REDIS_URL",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one job. Returns 0, or 1 after a one-line error."""
    options = parser().parse_args(arguments)
    try:
        JOBS[options.job](assembly_in(options.volumes), options)
    except StackError as error:
        console.fail(str(error))
        return 1
    return 0


def run_secrets(assembly: Assembly, options: argparse.Namespace) -> None:
    """Make every password that is not there yet, and give each reader its own."""
    write_secrets(assembly, options.volumes)


def run_databases(assembly: Assembly, _: argparse.Namespace) -> None:
    """Make the database with a role and a schema for each service."""
    asyncio.run(assembly.make_databases())


def run_seed(assembly: Assembly, _: argparse.Namespace) -> None:
    """Have the services load a small world, once."""
    asyncio.run(seed.load_once(assembly, SUBGRAPHS))
    console.log("seed", f"log in as {DEMO_USERNAME} / {assembly.credentials.demo_password}")


def run_rebuild(assembly: Assembly, _: argparse.Namespace) -> None:
    """Make every projection anew from what the services own, while they run."""
    asyncio.run(rebuild.rebuild(assembly, SUBGRAPHS))


def run_replay(assembly: Assembly, options: argparse.Namespace) -> None:
    """Put dead letters back for one consumer."""
    url = nats_url(assembly.credentials, "admin")
    count = asyncio.run(replay.replay(url, options.consumer))
    console.log("replay", f"{count} dead letters put back for {options.consumer}")


JOBS: Mapping[str, Callable[[Assembly, argparse.Namespace], None]] = {
    "secrets": run_secrets,
    "databases": run_databases,
    "seed": run_seed,
    "rebuild": run_rebuild,
    "replay": run_replay,
}


def assembly_in(volumes: Path) -> Assembly:
    """The parts, all stores elsewhere; makes the passwords at the first call."""
    own = volumes / "installer"
    environ = {"MT_STACK": str(own)} | store_urls(load_credentials(own / "secrets.json"))
    return Assembly.of(Folders.of(PROJECT, environ), environ, console.log)


def store_urls(credentials: Credentials) -> dict[str, str]:
    """URLs of the stores by the names of their containers, of users who may do everything."""
    return {
        "MT_POSTGRES_URL": f"postgresql://postgres:{credentials.postgres_admin}@postgres:5432/postgres",
        "MT_NATS_URL": nats_url(credentials, "admin"),
        "MT_REDIS_URL": f"redis://:{credentials.redis}@redis:6379/0",
        "MT_NEO4J_URL": f"bolt://neo4j:{credentials.neo4j}@neo4j:7687",
    }


def nats_url(credentials: Credentials, user: str) -> str:
    """MT_NATS_URL of a service, of `router` or of `admin`."""
    return f"nats://{user}:{credentials.nats[user]}@nats:4222"


def write_secrets(assembly: Assembly, volumes: Path) -> None:
    """Write each reader's files into its folder."""
    for reader, files in secrets_of(assembly).items():
        for name, text in files.items():
            path = volumes / reader / name
            write_private(path, text)
            # Images run as users of their own; who cannot mount the volume cannot read it.
            path.chmod(0o444)


def secrets_of(assembly: Assembly) -> dict[str, Mapping[str, str]]:
    """Reader → name of a file → its content. Files `MT_…` become variables (`deploy/enter.py`)."""
    credentials = assembly.credentials
    found: dict[str, Mapping[str, str]] = {
        "postgres": {"password": credentials.postgres_admin},
        "neo4j": {"auth": f"neo4j/{credentials.neo4j}"},
        "redis": {"redis.conf": redis_configuration(credentials.redis)},
        "nats": {"nats.json": nats_configuration(credentials.nats)},
        "router": _router_files(credentials),
    }
    found |= {name: _variables_of(assembly, name) for name in SUBGRAPHS}
    found["users"] = {**found["users"], "token-key.pem": credentials.token_key}
    return found


def nats_configuration(passwords: Mapping[str, str]) -> str:
    """As on one machine, but reachable from other containers, and with a health endpoint."""
    server = nats.Nats(Path("nats-server"), Path("/data"), 4222, passwords)
    places = {"listen": "0.0.0.0:4222", "http": "0.0.0.0:8222"}
    return json.dumps(json.loads(server.configuration()) | places, indent=1)


def redis_configuration(password: str) -> str:
    """In memory only, since everything in it can be rebuilt."""
    return f'bind * -::*\nrequirepass {password}\nsave ""\nappendonly no\nloglevel warning\n'


def _variables_of(assembly: Assembly, name: str) -> Mapping[str, str]:
    environment = {
        **assembly.subgraph(name).environment,
        "MT_NATS_URL": nats_url(assembly.credentials, name),
    }
    return {key: environment[key] for key in SECRET_VARIABLES if key in environment}


def _router_files(credentials: Credentials) -> Mapping[str, str]:
    origins = {
        name: [f"http://{process}:{SUBGRAPH_PORT}" for process in processes_of(name, REPLICAS)]
        for name in SUBGRAPHS
    }
    places = Places(origins, origins["users"][0], Path("/app/playground"), Path("playground.json"))
    demo = {"username": DEMO_USERNAME, "password": credentials.demo_password}
    return {
        "MT_ROUTER_SECRET": credentials.router_secret,
        "MT_NATS_URL": nats_url(credentials, "router"),
        "router.yaml": json.dumps(router_configuration(places), indent=1),
        "playground.json": json.dumps({"demo": demo}),
    }


def parser() -> argparse.ArgumentParser:
    """The command line: a job, and what replay needs."""
    parser = argparse.ArgumentParser(prog="python -m stack.containers", description=__doc__)
    parser.add_argument("--volumes", type=Path, default=VOLUMES, help="folder of their folders")
    jobs = parser.add_subparsers(dest="job", required=True)
    for name, job in JOBS.items():
        jobs.add_parser(name, help=job.__doc__)
    letters = jobs.choices["replay"]
    letters.add_argument("--consumer", required=True, help="durable name, as tweets_author_cards")
    return parser


if __name__ == "__main__":
    sys.exit(main())
