"""What can be wrong with one subgraph."""

from __future__ import annotations

from collections.abc import Mapping

from supergraph.compose.codes.code import Code

SUBGRAPH_CODES: Mapping[str, Code] = {
    "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE": Code(
        "@authenticated, @requiresScopes and @policy stand on objects and their "
        "fields; an interface takes over what its implementations need.",
        "interface Node @authenticated { id: ID! }",
    ),
    "COST_APPLIED_TO_INTERFACE_FIELD": Code(
        "A field of an interface has no cost of its own: its implementations have.",
        "interface Node { id: ID! @cost(weight: 3) }",
    ),
    "DIRECTIVE_DEFINITION_INVALID": Code(
        "A subgraph defines a directive of federation differently from the specification.",
        "directive @key(field: String!) on OBJECT",
    ),
    "EXTERNAL_ON_INTERFACE": Code(
        "A field of an interface cannot be @external.",
        "type Query { node: Node } interface Node { id: ID! @external } type User "
        "implements Node { id: ID! }",
    ),
    "EXTERNAL_UNUSED": Code(
        "A field is @external, but no key, @requires, @provides or interface needs it.",
        'type Query { me: User } type User @key(fields: "id") { id: ID! name: String @external }',
    ),
    "INTERFACE_KEY_NOT_ON_IMPLEMENTATION": Code(
        "The key of an interface is no key of a type that implements it.",
        'type Query { node: Node } interface Node @key(fields: "id") { id: ID! } type '
        "User implements Node { id: ID! }",
    ),
    "INVALID_GRAPHQL": Code(
        "The schema is not valid GraphQL, by itself or merged.",
        "type Query { me: Stranger }",
    ),
    "INVALID_LINK_DIRECTIVE_USAGE": Code(
        "A @link is malformed, repeated, or imports what the specification lacks.",
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: '
        '["@keys"]) type Query { a: Int }',
    ),
    "INVALID_LINK_IDENTIFIER": Code(
        "The URL of a @link names no specification or no version.",
        'extend schema @link(url: "https://specs.apollo.dev/federation/newest") type '
        "Query { a: Int }",
    ),
    "INVALID_SHAREABLE_USAGE": Code(
        "@shareable stands on fields of objects, once.",
        "type Query { node: Node } interface Node { id: ID! @shareable } type User "
        "implements Node { id: ID! }",
    ),
    "INVALID_SUBGRAPH_NAME": Code(
        "A subgraph's name is taken or reserved.",
        '# a subgraph called "_"',
    ),
    "KEY_DIRECTIVE_IN_FIELDS_ARG": Code(
        "A key cannot apply directives.",
        'type Query { me: User } type User @key(fields: "id @skip(if: false)") { id: ID! }',
    ),
    "KEY_FIELDS_HAS_ARGS": Code(
        "A key cannot name a field with arguments.",
        'type Query { me: User } type User @key(fields: "name") { name(short: Boolean): String }',
    ),
    "KEY_FIELDS_SELECT_INVALID_TYPE": Code(
        "A key cannot select an interface or a union.",
        "type Query { me: User } interface Owner { id: ID! } type User @key(fields: "
        '"owner { id }") { owner: Owner }',
    ),
    "KEY_INVALID_FIELDS": Code(
        "A key is not a field set of its type.",
        'type Query { me: User } type User @key(fields: "uuid") { id: ID! }',
    ),
    "KEY_INVALID_FIELDS_TYPE": Code(
        "The `fields` of a key is not a string.",
        "type Query { me: User } type User @key(fields: true) { id: ID! }",
    ),
    "KEY_UNSUPPORTED_ON_INTERFACE": Code(
        "Interfaces can have keys from federation 2.3 on.",
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.2", import: '
        '["@key"]) type Query { node: Node } interface Node @key(fields: "id") { id: '
        'ID! } type User implements Node @key(fields: "id") { id: ID! }',
    ),
    "LINK_IMPORT_NAME_MISMATCH": Code(
        "A directive has different names in the subgraphs, or is imported as a type.",
        "type Query { a: Int @cost(weight: 1) } --- extend schema @link(url: "
        '"https://specs.apollo.dev/federation/v2.9", import: [{ name: "@cost", as: '
        '"@price" }]) type Query { b: Int @price(weight: 1) }',
    ),
    "LIST_SIZE_APPLIED_TO_NON_LIST": Code(
        "@listSize stands on a field that is no list and has no sized fields.",
        "type Query { a: Int @listSize(assumedSize: 3) }",
    ),
    "LIST_SIZE_INVALID_ASSUMED_SIZE": Code(
        "An assumed size is negative.",
        "type Query { a: [Int] @listSize(assumedSize: -1) }",
    ),
    "LIST_SIZE_INVALID_SIZED_FIELD": Code(
        "A sized field is not a field of what the field answers with.",
        'type Query { a: Page @listSize(sizedFields: ["nodes"]) } type Page { edges: [Int] }',
    ),
    "LIST_SIZE_INVALID_SLICING_ARGUMENT": Code(
        "A slicing argument is missing or no Int.",
        'type Query { a(first: String): [Int] @listSize(slicingArguments: ["first"]) }',
    ),
    "PROVIDES_DIRECTIVE_IN_FIELDS_ARG": Code(
        "@provides cannot apply directives.",
        'type Query { me: User @provides(fields: "name @skip(if: false)") } type User '
        '@key(fields: "id") { id: ID! name: String @external } --- type User '
        '@key(fields: "id") { id: ID! name: String @shareable }',
    ),
    "PROVIDES_FIELDS_HAS_ARGS": Code(
        "@provides cannot name a field with arguments.",
        'type Query { me: User @provides(fields: "name") } type User @key(fields: '
        '"id") { id: ID! name(short: Boolean): String @external } --- type User '
        '@key(fields: "id") { id: ID! name(short: Boolean): String @shareable }',
    ),
    "PROVIDES_FIELDS_MISSING_EXTERNAL": Code(
        "@provides names a field that the subgraph has anyway.",
        'type Query { me: User @provides(fields: "name") } type User @key(fields: '
        '"id") { id: ID! name: String }',
    ),
    "PROVIDES_INVALID_FIELDS": Code(
        "@provides is not a field set of the type that the field answers with.",
        'type Query { me: User @provides(fields: "nick") } type User @key(fields: '
        '"id") { id: ID! }',
    ),
    "PROVIDES_INVALID_FIELDS_TYPE": Code(
        "The `fields` of @provides is not a string.",
        'type Query { me: User @provides(fields: true) } type User @key(fields: "id") { id: ID! }',
    ),
    "PROVIDES_ON_NON_OBJECT_FIELD": Code(
        "@provides stands on a field that answers with a scalar or an enum.",
        'type Query { a: Int @provides(fields: "b") }',
    ),
    "PROVIDES_UNSUPPORTED_ON_INTERFACE": Code(
        "@provides cannot stand on a field of an interface.",
        "type Query { post: Post } interface Post { author: User @provides(fields: "
        '"name") } type Tweet implements Post { author: User } type User @key(fields: '
        '"id") { id: ID! name: String @external } --- type User @key(fields: "id") { '
        "id: ID! name: String }",
    ),
    "REQUIRES_DIRECTIVE_IN_FIELDS_ARG": Code(
        "@requires cannot apply directives.",
        'type User @key(fields: "id") { id: ID! name: String @external hello: String '
        '@requires(fields: "name @skip(if: false)") } --- type Query { me: User } type '
        'User @key(fields: "id") { id: ID! name: String }',
    ),
    "REQUIRES_FIELDS_MISSING_EXTERNAL": Code(
        "@requires names a field that the subgraph has anyway.",
        'type Query { me: User } type User @key(fields: "id") { id: ID! name: String '
        'hello: String @requires(fields: "name") }',
    ),
    "REQUIRES_INVALID_FIELDS": Code(
        "@requires is not a field set of its type.",
        'type Query { me: User } type User @key(fields: "id") { id: ID! hello: String '
        '@requires(fields: "nick") }',
    ),
    "REQUIRES_INVALID_FIELDS_TYPE": Code(
        "The `fields` of @requires is not a string.",
        'type Query { me: User } type User @key(fields: "id") { id: ID! hello: String '
        "@requires(fields: 1) }",
    ),
    "REQUIRES_UNSUPPORTED_ON_INTERFACE": Code(
        "@requires cannot stand on a field of an interface.",
        "type Query { node: Node } interface Node { name: String hello: String "
        '@requires(fields: "name") } type User implements Node @key(fields: "id") { '
        "id: ID! name: String @external hello: String } --- type User @key(fields: "
        '"id") { id: ID! name: String }',
    ),
    "ROOT_MUTATION_USED": Code(
        "A type is called Mutation, and another is the mutation type.",
        "schema { query: Query mutation: Changes } type Query { a: Int } type Changes "
        "{ b: Int } type Mutation { c: Int }",
    ),
    "ROOT_QUERY_USED": Code(
        "A type is called Query, and another is the query type.",
        "schema { query: Questions } type Questions { a: Int } type Query { b: Int }",
    ),
    "ROOT_SUBSCRIPTION_USED": Code(
        "A type is called Subscription, and another is the subscription type.",
        "schema { query: Query subscription: Events } type Query { a: Int } type "
        "Events { b: Int } type Subscription { c: Int }",
    ),
    "TYPE_DEFINITION_INVALID": Code(
        "A subgraph defines a type of a specification differently from it.",
        "input federation__FieldSet { a: Int } type Query { a: Int }",
    ),
    "UNKNOWN_FEDERATION_LINK_VERSION": Code(
        "A @link asks for a version of federation that is not known.",
        'extend schema @link(url: "https://specs.apollo.dev/federation/v9.0") type '
        "Query { a: Int }",
    ),
    "UNKNOWN_LINK_VERSION": Code(
        "A @link asks for a version of the link specification that is not known.",
        'extend schema @link(url: "https://specs.apollo.dev/link/v9.0") type Query { a: Int }',
    ),
    "UNSUPPORTED_FEATURE": Code(
        "The schema uses a feature of federation that this composer refuses, rather "
        "than ignore it.",
        'type Query { a: Int @federation__cacheTag(format: "a") }',
    ),
}
