"""The join specification: how a supergraph says which subgraph has what.

See https://specs.apollo.dev/join/v0.5
"""

from __future__ import annotations

from supergraph.federation.version import Version

JOIN = "https://specs.apollo.dev/join"

_V3 = '''
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable
  on OBJECT | INTERFACE
directive @join__type(
  graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false
) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable
  on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose {
  """
  `SECURITY` features provide metadata necessary to securely resolve fields.
  """
  SECURITY
  """
  `EXECUTION` features provide metadata necessary for operation execution.
  """
  EXECUTION
}
'''

_DIRECTIVE = """
directive @join__directive(
  graphs: [join__Graph!], name: String!, args: join__DirectiveArguments
) repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION
scalar join__DirectiveArguments
"""

_CONTEXT = """
input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}
scalar join__FieldValue
"""

_FIELD = (
    "directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet,"
    " type: String, external: Boolean, override: String, usedOverridden: Boolean{more})"
    " repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION\n"
)
_LABEL = ", overrideLabel: String"
_CONTEXT_ARGUMENTS = ", contextArguments: [join__ContextArgument!]"


def join_version(federation: Version) -> Version:
    """The join version that carries everything of this federation version and nothing newer."""
    if federation >= Version(2, 8):
        return Version(0, 5)
    return Version(0, 4) if federation >= Version(2, 7) else Version(0, 3)


def join_definitions(version: Version) -> str:
    """The definitions of the join and link specifications, as GraphQL text."""
    if version >= Version(0, 5):
        return _V3 + _FIELD.format(more=_LABEL + _CONTEXT_ARGUMENTS) + _DIRECTIVE + _CONTEXT
    if version >= Version(0, 4):
        return _V3 + _FIELD.format(more=_LABEL) + _DIRECTIVE
    return _V3 + _FIELD.format(more="")
