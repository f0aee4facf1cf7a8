"""What runs on this machine: every server and service, from the environment and the secrets."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from stack import fetch, jars, nats, neo4j, postgres, redis, roles, zipkin
from stack.credentials import Credentials, load_credentials, write_private
from stack.errors import ReplicasInvalid
from stack.folders import Folders
from stack.order import (
    NEEDS,
    PORTLESS,
    STORES,
    SUBGRAPHS,
    needs_of,
    processes_of,
    service_of,
)
from stack.ports import check_free, port_of
from stack.processes import Log
from stack.router_yaml import AUDIENCE, LOOPBACK, Places, held_by, router_configuration
from stack.server import Elsewhere, Server
from stack.services import Asker, Service

DATABASE = "microtwitt"
# Each has a schema of its own in Postgres.
RELATIONAL = tuple(name for name in SUBGRAPHS if "postgres" in NEEDS[name])
# What may be someone's own, named by MT_<NAME>_URL.
SERVERS = (*STORES, "zipkin")
FETCHED = ("neo4j", "zipkin")
SUPERGRAPH = "schema/supergraph.graphql"
DEMO_USERNAME = "demo"
MOST_REPLICAS = 9


@dataclass(frozen=True)
class Assembly:
    """The parts, each made when asked for.

    Attributes:
        folders: the project's.
        environ: overrides: MT_REPLICAS, MT_<NAME>_PORT, MT_<STORE>_URL, folders of programs.
        credentials: passwords and keys.
        log: where lines go.
        replicas: how many processes of each subgraph and of the router.
    """

    folders: Folders
    environ: Mapping[str, str]
    credentials: Credentials
    log: Log
    replicas: int = 1

    @classmethod
    def of(cls, folders: Folders, environ: Mapping[str, str], log: Log) -> Assembly:
        """The parts for a project folder; makes the secrets at the first call.

        Raises:
            ReplicasInvalid: MT_REPLICAS is no number that can be.
        """
        replicas = _replicas(environ.get("MT_REPLICAS") or "1")
        credentials = load_credentials(folders.stack / "secrets.json")
        write_private(folders.stack / "token-key.pem", credentials.token_key)
        return cls(folders, environ, credentials, log, replicas)

    def traced(self) -> Assembly:
        """The same, with every process sending its spans to Zipkin."""
        traces = zipkin.traces_to(self.zipkin_url)
        return replace(self, environ={**self.environ, "MT_TRACES": traces})

    def port(self, name: str) -> int:
        """The port of a server, or of a service's process such as `users-2`."""
        return port_of(name, self.environ)

    def processes(self, service: str) -> tuple[str, ...]:
        """The names of a service's processes: `users`, `users-2`, …."""
        return processes_of(service, self.replicas)

    def needs(self, without: Collection[str]) -> dict[str, tuple[str, ...]]:
        """What is to run, and what each needs; see `stack.order`."""
        return needs_of(self.replicas, without)

    async def server(self, process: str) -> Server:
        """What `needs` names, to be started or asked."""
        if process == PORTLESS:
            return self.bot()
        if process in FETCHED:
            return await (self.neo4j() if process == "neo4j" else self.zipkin())
        stores = {"postgres": self.postgres, "nats": self.nats, "redis": self.redis}
        if process in stores:
            return stores[process]()
        return self.router(process) if service_of(process) == "router" else self.subgraph(process)

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
        folder = await jars.ensure_neo4j(self.folders, self.environ, self.log)
        home = self.folders.stack / "neo4j"
        return neo4j.Neo4j(java, folder, home, self.port("neo4j"), self.credentials.neo4j)

    async def zipkin(self) -> Server:
        """Ours, or the one at MT_ZIPKIN_URL; fetches Java and its jar where they are missing."""
        if url := self.environ.get("MT_ZIPKIN_URL"):
            return Elsewhere("zipkin", url, zipkin.probe)
        java = await fetch.ensure_java(self.folders, self.environ, self.log)
        jar = await jars.ensure_zipkin(self.folders, self.environ, self.log)
        return zipkin.Zipkin(java, jar, self.folders.stack / "zipkin", self.port("zipkin"))

    def subgraph(self, process: str) -> Service:
        """A process of one of `SUBGRAPHS`; the first of each brings its store up to date."""
        service = service_of(process)
        return Service(
            process,
            f"subgraphs.{service}",
            self.port(process),
            self._environment(process),
            self.folders.project,
            self.log,
            migrates=process == service,
        )

    def router(self, process: str = "router") -> Service:
        """A process of the router, over the committed supergraph; writes its configuration."""
        config = self.folders.stack / "router.yaml"
        write_private(config, json.dumps(self.router_configuration(), indent=1))
        demo = {"username": DEMO_USERNAME, "password": self.credentials.demo_password}
        write_private(self.folders.stack / "playground.json", json.dumps({"demo": demo}))
        files = ["--supergraph", SUPERGRAPH, "--config", str(config)]
        place = ["--host", "127.0.0.1", "--port", str(self.port(process))]
        environment = {
            "MT_ROUTER_SECRET": self.credentials.router_secret,
            "MT_NATS_URL": self.nats_url("router"),
            **self._traces,
        }
        return Service(
            process,
            "supergraph",
            self.port(process),
            environment,
            self.folders.project,
            self.log,
            ["serve", *files, *place],
        )

    def bot(self) -> Service:
        """The account that posts in the demo world; see `town_crier`."""
        routers = [f"{LOOPBACK}:{self.port(process)}" for process in self.processes("router")]
        environment = {
            "MT_ROUTER_URLS": " ".join(routers),
            "MT_CRIER_PASSWORD": self.credentials.crier_password,
            "MT_DEMO_USERNAME": DEMO_USERNAME,
            "MT_DEMO_PASSWORD": self.credentials.demo_password,
        }
        project = self.folders.project
        return Asker("bot", "stack.town_crier", 0, environment, project, self.log, arguments=())

    def router_configuration(self) -> dict[str, object]:
        """The content of router.yaml; JSON is YAML."""
        held = held_by((self.folders.project / SUPERGRAPH).read_text(encoding="utf-8"))
        origins = {
            name: [f"{LOOPBACK}:{self.port(process)}" for process in self.processes(name)]
            for name in SUBGRAPHS
            if name in held
        }
        dist = self.folders.project / "web" / "playground" / "dist"
        places = Places(origins, self.issuer, dist, self.folders.stack / "playground.json")
        return router_configuration(places)

    @property
    def zipkin_url(self) -> str:
        """Where traces are sent and seen."""
        return self._url_of("zipkin") or f"{LOOPBACK}:{self.port('zipkin')}"

    @property
    def issuer(self) -> str:
        """Who signs access tokens: users. Its first process names it for all of them."""
        return f"{LOOPBACK}:{self.port('users')}"

    async def make_databases(self) -> None:
        """Make the database, and each service's role and schema in it."""
        await roles.create_database(self._admin_url, DATABASE)
        for name in RELATIONAL:
            password = self.credentials.postgres[name]
            await roles.create_service(self._admin_url, DATABASE, name, password)

    def check_ports(self, processes: Collection[str]) -> None:
        """See that every port that these shall listen on is free.

        Raises:
            PortTaken: one is not.
        """
        for name in processes:
            if name != PORTLESS and not self._url_of(name):
                check_free(name, self.port(name))

    def remove_data(self) -> None:
        """Delete what the stores keep outside `.stack/`."""
        self._own_postgres().remove()

    def nats_url(self, user: str) -> str:
        """MT_NATS_URL of a service, of `router` or of `admin`."""
        return self._url_of("nats") or self._own_nats().url_for(user)

    def _environment(self, process: str) -> dict[str, str]:
        service = service_of(process)
        variables = {
            "MT_HOST": "127.0.0.1",
            "MT_PORT": str(self.port(process)),
            "MT_NATS_URL": self.nats_url(service),
            "MT_ROUTER_SECRET": self.credentials.router_secret,
            "MT_CURSOR_SECRET": self.credentials.cursor_secrets[service],
            **self._traces,
        }
        return variables | self._stores_of(service)

    def _stores_of(self, service: str) -> dict[str, str]:
        own: dict[str, str] = {}
        if service in RELATIONAL:
            password = self.credentials.postgres[service]
            url = roles.service_url(self._admin_url, DATABASE, service, password)
            own["MT_DATABASE_URL"] = url
        if service == "users":
            own |= self._token_environment()
        if service == "social":
            own["MT_NEO4J_URL"] = self._url_of("neo4j") or neo4j.url_for(
                self.port("neo4j"), self.credentials.neo4j
            )
        if service == "timeline":
            own["MT_REDIS_URL"] = self._url_of("redis") or redis.url_for(
                self.port("redis"), self.credentials.redis
            )
        return own

    @property
    def _traces(self) -> dict[str, str]:
        traces = self.environ.get("MT_TRACES")
        return {"MT_TRACES": traces} if traces else {}

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
        return self.environ.get(f"MT_{store.upper()}_URL") or None if store in SERVERS else None

    def _own_postgres(self) -> postgres.Postgres:
        binaries = postgres.find_binaries(self.environ)
        home = self.folders.stack / "postgres"
        password = self.credentials.postgres_admin
        return postgres.Postgres(binaries, home, self.port("postgres"), password)

    def _own_nats(self) -> nats.Nats:
        program = nats.find_server(self.environ)
        home = self.folders.stack / "nats"
        return nats.Nats(program, home, self.port("nats"), self.credentials.nats)


def _replicas(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= MOST_REPLICAS):
        raise ReplicasInvalid(value=value, most=MOST_REPLICAS)
    return int(value)
