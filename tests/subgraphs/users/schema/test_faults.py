"""Faults: Postgres away and the unforeseen have a code, and say nothing of our insides."""

from __future__ import annotations

import asyncio
import secrets

from graphql import GraphQLError
from starlette.applications import Starlette

from chassis.identity import TokenSigner
from chassis.postgres import Database, run_migrations
from chassis.server import service_app
from stack import roles
from subgraphs.users.app import MIGRATIONS, UsersGraphQL
from subgraphs.users.schema.faults import coded
from subgraphs.users.service.passwords import Passwords
from subgraphs.users.service.resources import Resources
from tests.subgraphs.users.conftest import nothing_to_open, token_key
from tests.subgraphs.users.people import unique
from tests.subgraphs.users.subgraph import SECRET, SIGN_UP, Subgraph
