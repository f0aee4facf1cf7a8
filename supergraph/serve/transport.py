"""Where each subgraph answers: the configuration's word over the supergraph's."""

from __future__ import annotations

from collections.abc import Sequence

from supergraph.execute.http import HttpTransport
from supergraph.model.supergraph import Supergraph
from supergraph.serve.configuration import Configuration, ConfigurationInvalid


def subgraph_urls(supergraph: Supergraph, configuration: Configuration) -> dict[str, Sequence[str]]:
    """`urls[subgraph name]`, one or more each.

    Raises:
        ConfigurationInvalid: naming each subgraph that is configured but not there, and each
            that has no URL in either place.
    """
    known = {graph.name: graph.url for graph in supergraph.graphs.values()}
    faults = [
        f"subgraphs.{name}: the supergraph has no subgraph of this name"
        for name in sorted(configuration.subgraphs.keys() - known.keys())
    ]
    urls = {name: _urls(name, url, configuration) for name, url in known.items()}
    faults += [
        f"subgraphs.{name}.urls: needed, since the supergraph gives no http(s) URL for it"
        for name, found in sorted(urls.items())
        if not found
    ]
    if faults:
        lines = "".join(f"\n  {fault}" for fault in faults)
        raise ConfigurationInvalid(f"The configuration does not fit the supergraph:{lines}")
    return urls


def open_transport(supergraph: Supergraph, configuration: Configuration) -> HttpTransport:
    """The transport that is used in production.

    Args:
        supergraph: names the subgraphs.
        configuration: may name other URLs.
    """
    return HttpTransport(subgraph_urls(supergraph, configuration))


def _urls(name: str, url: str, configuration: Configuration) -> Sequence[str]:
    section = configuration.subgraphs.get(name)
    if section is not None and section.urls:
        return section.urls
    return (url,) if url.startswith(("http://", "https://")) else ()
