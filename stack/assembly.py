"""What runs on this machine: every server and service, from the environment and the secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from stack import fetch, nats, neo4j, postgres, redis, roles
from stack.credentials import Credentials, load_credentials, write_private
from stack.folders import Folders
from stack.ports import check_free, port_of
from stack.processes import Log
from stack.server import Elsewhere, Server
from stack.services import Service

DATABASE = "microtwitt"
# Each has a schema of its own in Postgres.
SUBGRAPHS = ("users", "tweets")
AUDIENCE = "microtwitt"
DEMO_USERNAME = "demo"
LOOPBACK = "http://127.0.0.1"


@dataclass(frozen=True)
class Assembly:
    """The parts, each made when asked for.

    Attributes:
        folders: the project's.
        environ: overrides: MT_<NAME>_PORT, MT_<STORE>_URL, folders of programs.
        credentials: passwords and keys.
        log: where lines go.
    """

    folders: Folders
    environ: Mapping[str, str]
    credentials: Credentials
    log: Log

    @classmethod
    def of(cls, folders: Folders, environ: Mapping[str, str], log: Log) -> Assembly:
        """The parts for a project folder; makes the secrets at the first call."""
        credentials = load_credentials(folders.stack / "secrets.json")
        write_private(folders.stack / "token-key.pem", credentials.token_key)
        return cls(folders, environ, credentials, log)

    def port(self, name: str) -> int:
        """The port of a server or service."""
        return port_of(name, self.environ)

    def postgres(self) -> Server:
        """Ours, or the one at MT_POSTGRES_URL."""
        if url := self.environ.get("MT_POSTGRES_URL"):
            return Elsewhere("postgres", url, roles.probe)
        return self._own_postgres()

    def nats(self) -> Server:
        """Ours, or the one at MT_NATS_URL."""
        if url := self.environ.get("MT_NATS_URL"):
            return Elsewhere("nats", url, nats.probe)
        return self._own_nats()

    def redis(self) -> Server:
        """Ours, or the one at MT_REDIS_URL."""
        if url := self.environ.get("MT_REDIS_URL"):
            return Elsewhere("redis", url, redis.probe)
        program = redis.find_server(self.environ)
        home = self.folders.stack / "redis"
        return redis.Redis(program, home, self.port("redis"), self.credentials.redis)

    async def neo4j(self) -> Server:
        """Ours, or the one at MT_NEO4J_URL; fetches Java and jars where they are missing."""
        if url := self.environ.get("MT_NEO4J_URL"):
            return Elsewhere("neo4j", url, neo4j.probe)
        java = await fetch.ensure_java(self.folders, self.environ, self.log)
        jars = await fetch.ensure_jars(self.folders, self.environ, self.log)
        home = self.folders.stack / "neo4j"
        return neo4j.Neo4j(java, jars, home, self.port("neo4j"), self.credentials.neo4j)

    def subgraph(self, name: str) -> Service:
        """One of `SUBGRAPHS`."""
        return Service(
            name,
            f"subgraphs.{name}",
            self.port(name),
            self._environment(name),
            self.folders.project,
            self.log,
            migrates=True,
        )

    def router(self) -> Service:
        """The router, over the committed supergraph; writes its configuration."""
        config = self.folders.stack / "router.yaml"
        write_private(config, json.dumps(self.router_configuration(), indent=1))
        demo = {"username": DEMO_USERNAME, "password": self.credentials.demo_password}
        write_private(self.folders.stack / "playground.json", json.dumps({"demo": demo}))
        files = ["--supergraph", "schema/supergraph.graphql", "--config", str(config)]
        place = ["--host", "127.0.0.1", "--port", str(self.port("router"))]
        secret = {"MT_ROUTER_SECRET": self.credentials.router_secret}
        return Service(
            "router",
            "supergraph",
            self.port("router"),
            secret,
            self.folders.project,
            self.log,
            ["serve", *files, *place],
        )

    def router_configuration(self) -> dict[str, object]:
        """The content of router.yaml; JSON is YAML."""
        urls = {name: f"{LOOPBACK}:{self.port(name)}/graphql" for name in SUBGRAPHS}
        return {
            "subgraphs": {name: {"urls": [url]} for name, url in urls.items()},
            "auth": {
                "jwks_url": f"{self.issuer}/.well-known/jwks.json",
                "issuer": self.issuer,
                "audience": AUDIENCE,
                "router_secret_env": "MT_ROUTER_SECRET",
            },
            "playground": str(self.folders.project / "web" / "playground" / "dist"),
            "playground_config": str(self.folders.stack / "playground.json"),
        }

    @property
    def issuer(self) -> str:
        """Who signs access tokens: users."""
        return f"{LOOPBACK}:{self.port('users')}"

    async def make_databases(self) -> None:
        """Make the database, and each service's role and schema in it."""
        await roles.create_database(self._admin_url, DATABASE)
        for name in SUBGRAPHS:
            password = self.credentials.postgres[name]
            await roles.create_service(self._admin_url, DATABASE, name, password)

    def check_ports(self, without: frozenset[str]) -> None:
        """See that every port we shall listen on is free.

        Raises:
            PortTaken: one is not.
        """
        elsewhere = {name for name in ("postgres", "nats", "redis", "neo4j") if self._url_of(name)}
        ours = ("postgres", "nats", "redis", "neo4j", *SUBGRAPHS, "router")
        for name in ours:
            if name not in without and name not in elsewhere:
                check_free(name, self.port(name))

    def remove_data(self) -> None:
        """Delete what the stores keep outside `.stack/`."""
        self._own_postgres().remove()

    def _environment(self, name: str) -> dict[str, str]:
        password = self.credentials.postgres[name]
        variables = {
            "MT_HOST": "127.0.0.1",
            "MT_PORT": str(self.port(name)),
            "MT_DATABASE_URL": roles.service_url(self._admin_url, DATABASE, name, password),
            "MT_NATS_URL": self._url_of("nats") or self._own_nats().url_for(name),
            "MT_ROUTER_SECRET": self.credentials.router_secret,
            "MT_CURSOR_SECRET": self.credentials.cursor_secrets[name],
        }
        return variables | (self._token_environment() if name == "users" else {})

    def _token_environment(self) -> dict[str, str]:
        return {
            "MT_TOKEN_KEY_FILE": str(self.folders.stack / "token-key.pem"),
            "MT_TOKEN_ISSUER": self.issuer,
            "MT_TOKEN_AUDIENCE": AUDIENCE,
        }

    @property
    def _admin_url(self) -> str:
        return self._url_of("postgres") or self._own_postgres().admin_url

    def _url_of(self, store: str) -> str | None:
        return self.environ.get(f"MT_{store.upper()}_URL") or None

    def _own_postgres(self) -> postgres.Postgres:
        binaries = postgres.find_binaries(self.environ)
        home = self.folders.stack / "postgres"
        password = self.credentials.postgres_admin
        return postgres.Postgres(binaries, home, self.port("postgres"), password)

    def _own_nats(self) -> nats.Nats:
        program = nats.find_server(self.environ)
        home = self.folders.stack / "nats"
        return nats.Nats(program, home, self.port("nats"), self.credentials.nats)
