"""From the SDL of each subgraph to a `Subgraph` in the specification's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from graphql import GraphQLError, parse
from graphql.language import DocumentNode

from supergraph.compose.diagnostics import CompositionError, refuse
from supergraph.compose.ingest.compose_directive import composed_names
from supergraph.compose.ingest.definitions import definition_problems
from supergraph.compose.ingest.federation_1 import upgrade
from supergraph.compose.ingest.machinery import drop_machinery
from supergraph.compose.ingest.names import Names, read_names
from supergraph.compose.ingest.read_types import TypeReader
from supergraph.compose.ingest.roots import renames, root_names, root_problems
from supergraph.compose.ingest.subgraph_names import subgraph_names
from supergraph.compose.ingest.unsupported import unsupported_features
from supergraph.compose.ingest.validate import graphql_problems
from supergraph.compose.subgraph import Subgraph, SubgraphSource, graph_ids
from supergraph.federation.link import schema_directives


def ingest(sources: Sequence[SubgraphSource]) -> list[Subgraph]:
    """Read subgraphs, sorted by name.

    Raises:
        NotComposable: a name is taken or reserved, or an SDL is not a subgraph's.
    """
    names = sorted(source.name for source in sources)
    refuse(subgraph_names(names))
    ids = graph_ids(names)
    read = [_read(source, ids[source.name]) for source in sorted(sources, key=lambda s: s.name)]
    refuse(error for found in read if not isinstance(found, Subgraph) for error in found)
    return [found for found in read if isinstance(found, Subgraph)]


def _read(source: SubgraphSource, graph_id: str) -> Subgraph | list[CompositionError]:
    document = _parse(source)
    if isinstance(document, CompositionError):
        return [document]
    names = read_names(document, source.name)
    if not isinstance(names, Names):
        return names
    problems = list(_problems(document, names, source.name))
    return problems or _subgraph(document, names, source, graph_id)


def _parse(source: SubgraphSource) -> DocumentNode | CompositionError:
    try:
        return parse(source.sdl, no_location=True)
    except (GraphQLError, RecursionError) as error:
        return _invalid(str(error), source.name)


def _problems(document: DocumentNode, names: Names, subgraph: str) -> Iterator[CompositionError]:
    """The first kind of problem found; what would only follow from it is left out."""
    wrong = list(definition_problems(document, names, subgraph))
    if wrong:
        yield from wrong
        return
    own = drop_machinery(document, names, root_names(document)["query"])
    broken = [_invalid(message, subgraph) for message in graphql_problems(own, names)]
    yield from broken
    if not broken:
        yield from root_problems(own, subgraph)
        yield from unsupported_features(own, names, subgraph)


def _invalid(message: str, subgraph: str) -> CompositionError:
    return CompositionError("INVALID_GRAPHQL", f"[{subgraph}] {message}", (f"[{subgraph}]",))


def _subgraph(
    document: DocumentNode, names: Names, source: SubgraphSource, graph_id: str
) -> Subgraph:
    own = drop_machinery(document, names, root_names(document)["query"])
    on_schema = list(schema_directives(document))
    composed = tuple(composed_names(on_schema, names))
    reader = TypeReader(names, renames(own), {name.removeprefix("@") for name in composed})
    types = reader.read(own)
    subgraph = Subgraph(
        name=source.name,
        id=graph_id,
        url=source.url,
        version=names.version,
        types=types,
        directives=reader.read_directives(own),
        on_schema=reader.applied(on_schema),
        composed=composed,
        links=names.links,
        local_names={d.name: local for local, d in names.directives.items()},
    )
    if not subgraph.is_federation_1:
        return subgraph
    return replace(subgraph, types=upgrade(types))
