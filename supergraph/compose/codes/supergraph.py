"""What can be wrong between subgraphs, or with the schema that they make."""

from __future__ import annotations

from collections.abc import Mapping

from supergraph.compose.codes.code import Code

SUPERGRAPH_CODES: Mapping[str, Code] = {
    "DEFAULT_VALUE_USES_INACCESSIBLE": Code(
        "A default value that clients can see has something @inaccessible in it.",
        "enum Sort { NEW OLD @inaccessible } type Query { tweets(sort: Sort = OLD): Int }",
    ),
    "DIRECTIVE_COMPOSITION_ERROR": Code(
        "@composeDirective must name a directive that the schema defines and that belongs to a "
        "specification it links, the same one under the same name in all subgraphs.",
        'extend schema @composeDirective(name: "@mark") directive @mark on FIELD_DEFINITION '
        "type Query { a: Int @mark }",
    ),
    "DISALLOWED_INACCESSIBLE": Code(
        "An argument of a directive cannot be @inaccessible.",
        "directive @live(if: Boolean @inaccessible) on FIELD type Query { a: Int }",
    ),
    "EMPTY_MERGED_ENUM_TYPE": Code(
        "An enum that is passed in has no value that all subgraphs know.",
        "enum Sort { NEW } type Query { a(sort: Sort): Int } --- enum Sort { OLD } "
        "type Query { b(sort: Sort): Int }",
    ),
    "EMPTY_MERGED_INPUT_TYPE": Code(
        "An input type has no field that all subgraphs know.",
        "input Page { first: Int } type Query { a(page: Page): Int } --- input Page { "
        "last: Int } type Query { b(page: Page): Int }",
    ),
    "ENUM_VALUE_MISMATCH": Code(
        "An enum that is both passed in and answered must have the same values in all subgraphs.",
        "enum Sort { NEW } type Query { a(sort: Sort): Int } --- enum Sort { NEW OLD } "
        "type Query { b: Sort }",
    ),
    "EXTENSION_WITH_NO_BASE": Code(
        "A type is only extended and no subgraph defines it.",
        "type Query { a: Int } extend type User { id: ID! }",
    ),
    "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH": Code(
        "An @external field gives an argument another default value than the field's own subgraph.",
        'type User @key(fields: "id") { id: ID! name(short: Boolean = true): String '
        '@external hello: String @requires(fields: "name") } --- type Query { me: User '
        '} type User @key(fields: "id") { id: ID! name(short: Boolean = false): String '
        "}",
    ),
    "EXTERNAL_ARGUMENT_MISSING": Code(
        "An @external field lacks an argument that the field has in its own subgraph.",
        'type User @key(fields: "id") { id: ID! name: String @external hello: String '
        '@requires(fields: "name") } --- type Query { me: User } type User '
        '@key(fields: "id") { id: ID! name(short: Boolean): String }',
    ),
    "EXTERNAL_ARGUMENT_TYPE_MISMATCH": Code(
        "An @external field gives an argument another type than the field's own subgraph.",
        'type User @key(fields: "id") { id: ID! name(short: Int): String @external '
        'hello: String @requires(fields: "name") } --- type Query { me: User } type '
        'User @key(fields: "id") { id: ID! name(short: Boolean): String }',
    ),
    "EXTERNAL_MISSING_ON_BASE": Code(
        "A field is @external in every subgraph that has it, so that none resolves it.",
        'type Query { me: User @provides(fields: "name") } type User @key(fields: '
        '"id") { id: ID! name: String @external }',
    ),
    "EXTERNAL_TYPE_MISMATCH": Code(
        "An @external field has another type than the field in its own subgraph.",
        'type User @key(fields: "id") { id: ID! name: Int @external hello: String '
        '@requires(fields: "name") } --- type Query { me: User } type User '
        '@key(fields: "id") { id: ID! name: String }',
    ),
    "FIELD_ARGUMENT_DEFAULT_MISMATCH": Code(
        "Subgraphs give an argument of a shared field different default values.",
        "type Query { a(first: Int = 1): Int @shareable } --- type Query { a(first: "
        "Int = 2): Int @shareable }",
    ),
    "FIELD_ARGUMENT_TYPE_MISMATCH": Code(
        "Subgraphs give an argument of a shared field types that do not fit together.",
        "type Query { a(first: Int): Int @shareable } --- type Query { a(first: "
        "String): Int @shareable }",
    ),
    "FIELD_TYPE_MISMATCH": Code(
        "Subgraphs give a field types of which none covers the others.",
        "type Query { a: Int @shareable } --- type Query { a: String @shareable }",
    ),
    "IMPLEMENTED_BY_INACCESSIBLE": Code(
        "A field that implements one that clients can see is @inaccessible.",
        "type Query { node: Node } interface Node { id: ID! } type User implements "
        "Node { id: ID! @inaccessible name: String }",
    ),
    "INPUT_FIELD_DEFAULT_MISMATCH": Code(
        "Subgraphs give an input field different default values.",
        "input Page { first: Int = 1 } type Query { a(page: Page): Int } --- input "
        "Page { first: Int = 2 } type Query { b(page: Page): Int }",
    ),
    "INTERFACE_FIELD_NO_IMPLEM": Code(
        "An interface has a field in one subgraph that a type implementing it in another lacks.",
        "type Query { node: Node } interface Node { id: ID! } type User implements "
        "Node { id: ID! } --- interface Node { name: String } type Tweet implements "
        "Node { name: String id: ID! }",
    ),
    "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE": Code(
        "A subgraph can look up an interface by key, but lacks some of its implementations.",
        'type Query { node: Node } interface Node @key(fields: "id") { id: ID! } type '
        'User implements Node @key(fields: "id") { id: ID! } --- interface Node { id: '
        'ID! } type Tweet implements Node @key(fields: "id") { id: ID! }',
    ),
    "INTERFACE_OBJECT_USAGE_ERROR": Code(
        "An @interfaceObject needs a key, and the interface in another subgraph.",
        "type Query { node: Node } type Node @interfaceObject { id: ID! }",
    ),
    "INVALID_FEDERATION_SUPERGRAPH": Code(
        "The merged schema is not a valid supergraph. A rule should have said why: "
        "please report it.",
        "# no known example",
    ),
    "INVALID_FIELD_SHARING": Code(
        "Several subgraphs resolve a field that is not @shareable in all of them.",
        "type Query { a: Int } --- type Query { a: Int }",
    ),
    "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED": Code(
        "The subgraphs can be combined in more ways than can be checked.",
        "# needs more than 100,000 distinct places",
    ),
    "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL": Code(
        "An @external field cannot carry a directive into the supergraph.",
        'type User @key(fields: "id") { id: ID! name: String @external @tag(name: "a") '
        'hello: String @requires(fields: "name") } --- type Query { me: User } type '
        'User @key(fields: "id") { id: ID! name: String }',
    ),
    "MISSING_TRANSITIVE_AUTH_REQUIREMENTS": Code(
        "A field needs less of viewers than a field that it @requires.",
        'type User @key(fields: "id") { id: ID! email: String @external hello: String '
        '@requires(fields: "email") } --- type Query { me: User } type User '
        '@key(fields: "id") { id: ID! email: String @authenticated }',
    ),
    "NO_QUERIES": Code(
        "No subgraph has a query field.",
        'type User @key(fields: "id") { id: ID! }',
    ),
    "ONLY_INACCESSIBLE_CHILDREN": Code(
        "Clients can see a type, but nothing that it consists of.",
        "type Query { me: User } type User { id: ID! @inaccessible }",
    ),
    "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE": Code(
        "A field cannot be overridden that @provides or @requires something, nor be "
        "@external itself.",
        'type User @key(fields: "id") { id: ID! hello: String @override(from: "b") } '
        '--- type Query { me: User @shareable } type User @key(fields: "id") { id: ID! '
        'name: String @external hello: String @requires(fields: "name") } --- type '
        'User @key(fields: "id") { id: ID! name: String }',
    ),
    "OVERRIDE_FROM_SELF_ERROR": Code(
        "A subgraph cannot override its own field.",
        'type Query { a: Int @override(from: "a") }',
    ),
    "OVERRIDE_LABEL_INVALID": Code(
        "A label is neither percent(0 to 100) nor a letter followed by letters, digits "
        "and `_ - : . /`.",
        'type Query { a: Int @override(from: "b", label: "50%") } --- type Query { a: Int }',
    ),
    "OVERRIDE_ON_INTERFACE": Code(
        "A field of an interface cannot be overridden.",
        'type Query { node: Node } interface Node { id: ID! @override(from: "b") } '
        "type User implements Node { id: ID! }",
    ),
    "OVERRIDE_SOURCE_HAS_OVERRIDE": Code(
        "A field is overridden in the subgraph that it is taken from.",
        'type Query { a: Int @override(from: "b") } --- type Query { a: Int '
        '@override(from: "c") } --- type Query { a: Int }',
    ),
    "QUERY_ROOT_TYPE_INACCESSIBLE": Code(
        "The query type is @inaccessible.",
        "type Query @inaccessible { a: Int }",
    ),
    "REFERENCED_INACCESSIBLE": Code(
        "Clients can see a field or an argument, but not its type.",
        "type Query { me: User } type User @inaccessible { id: ID! }",
    ),
    "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH": Code(
        "An argument of a shared field is required in one subgraph and missing in another.",
        "type Query { a(first: Int!): Int @shareable } --- type Query { a: Int @shareable }",
    ),
    "REQUIRED_INACCESSIBLE": Code(
        "A required argument or input field is @inaccessible.",
        "type Query { a(first: Int! @inaccessible): Int }",
    ),
    "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH": Code(
        "An input field is required in one subgraph and missing in another.",
        "input Page { first: Int! size: Int } type Query { a(page: Page): Int } --- "
        "input Page { size: Int } type Query { b(page: Page): Int }",
    ),
    "SATISFIABILITY_ERROR": Code(
        "A query is allowed that no combination of subgraphs can answer; the message "
        "has one and says why.",
        "type Query { me: User } type User { id: ID! @shareable } --- type User @key(fields: "
        '"id", resolvable: false) { id: ID! @shareable name: String }',
    ),
    "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES": Code(
        "Subgraphs share a field of an abstract type, but have no object type for it in common.",
        "type Query { node: Node @shareable } interface Node { id: ID! } type User "
        "implements Node { id: ID! } --- type Query { node: Node @shareable } "
        "interface Node { id: ID! } type Tweet implements Node { id: ID! }",
    ),
    "TYPE_KIND_MISMATCH": Code(
        "A type is of different kinds in the subgraphs.",
        "type Query { a: Time } scalar Time --- type Time { hour: Int }",
    ),
}
