"""What subgraphs hear of the client: what the router saw itself, whatever the client writes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from chassis.identity import Client, sign_claims, verify_claims
from supergraph.serve.configuration import Configuration, ConfigurationInvalid, read_configuration
from tests.supergraph.serve.tokens import SECRET, SECRET_NAME
from tests.supergraph.serve.worlds import Subgraph, serving

# The address from which httpx lets an application in the same process be asked.
PEER = "127.0.0.1"
QUERY = {"query": "{ open }"}


async def client_heard(
    headers: Mapping[str, str] | Mapping[bytes, bytes], **configured: Any
) -> Client:
    """What the subgraph hears, having checked that it hears it from signed claims alone."""
    auth = {"router_secret_env": SECRET_NAME}
    configuration = Configuration.model_validate({"auth": auth, **configured})
    subgraph = Subgraph("type Query { open: Int }", {"open": 1})
    async with serving(configuration, {SECRET_NAME: SECRET}, people=subgraph) as http:
        answer = await http.post("/graphql", json=QUERY, headers=headers)
    assert answer.json() == {"data": {"open": 1}}
    (got,), (body,) = subgraph.headers, subgraph.bodies
    assert not {"x-forwarded-for", "forwarded", "x-real-ip"} & got.keys()
    return verify_claims(SECRET.encode(), got, body).client


async def test_subgraphs_hear_of_the_routers_own_connection_and_the_user_agent():
    assert await client_heard({"user-agent": "Firefox"}) == Client(PEER, "Firefox")
    assert await client_heard({"user-agent": ""}) == Client(PEER, None)
    long = await client_heard({b"user-agent": b"\x80x" * 5000})
    assert long == Client(PEER, "x" * 256)


def written_by_the_client() -> list[dict[str, str]]:
    claims = base64.urlsafe_b64encode(json.dumps({"ip": "192.0.2.66", "ua": "forged"}).encode())
    body = json.dumps(QUERY, separators=(",", ":")).encode()
    return [
        {"x-forwarded-for": "192.0.2.66"},
        {"x-forwarded-for": "192.0.2.66, 127.0.0.1"},
        {"forwarded": "for=192.0.2.66", "x-real-ip": "192.0.2.66"},
        {"x-mt-claims": claims.decode(), "x-mt-signature": "t=1,v1=00"},
        # Even one who knew the secret could say nothing by headers of their own.
        sign_claims(SECRET.encode(), body, None, Client("192.0.2.66", "forged")),
    ]


@pytest.mark.parametrize("written", written_by_the_client())
async def test_what_a_client_writes_about_its_address_is_ignored(written: dict[str, str]):
    heard = await client_heard({"user-agent": "Firefox", **written})
    assert heard == Client(PEER, "Firefox")


@pytest.mark.parametrize(
    ("trusted", "forwarded", "ip"),
    [
        (["127.0.0.0/8"], "192.0.2.1", "192.0.2.1"),
        (["127.0.0.1"], "2001:db8::1", "2001:db8::1"),
        # The client wrote the first; the proxy wrote whom it had before it.
        (["127.0.0.0/8"], "198.51.100.66, 192.0.2.1", "192.0.2.1"),
        (["127.0.0.0/8", "10.0.0.0/8"], "198.51.100.66, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (["10.0.0.0/8"], "192.0.2.1", PEER),
        (["::/0"], "192.0.2.1", PEER),
        (["127.0.0.0/8"], "", PEER),
    ],
)
async def test_a_trusted_proxy_is_believed_about_whom_it_saw(
    trusted: list[str], forwarded: str, ip: str
):
    headers = {"user-agent": "Firefox", "x-forwarded-for": forwarded}
    assert await client_heard(headers, trusted_proxies=trusted) == Client(ip, "Firefox")


@pytest.mark.parametrize("network", ["*", "proxy.internal", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_proxy_that_is_no_network_is_refused_by_its_key(tmp_path: Any, network: str):
    path = tmp_path / "router.yaml"
    path.write_text(json.dumps({"trusted_proxies": ["10.0.0.0/8", network]}))
    with pytest.raises(ConfigurationInvalid, match=r"trusted_proxies\.1: "):
        read_configuration(path, {})
