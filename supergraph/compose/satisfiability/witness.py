"""A query that shows what cannot be answered."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from supergraph.compose.satisfiability.explore import Dead, Step

_EXAMPLES = {"Int": "0", "Float": "0", "Boolean": "false"}


def witness(dead: Dead, schema: GraphQLSchema) -> str:
    """A valid operation that ends in the field that cannot be answered."""
    steps = (*dead.state.steps, Step(dead.state.type_name, dead.field_name))
    root = steps[0].type_name
    operation = next(
        (
            kind
            for kind in ("mutation", "subscription")
            if getattr(schema, f"{kind}_type") is schema.type_map[root]
        ),
        "query",
    )
    body = "\n".join(_selection(steps, schema, depth=1))
    return f"{operation} {{\n{body}\n}}" if operation != "query" else f"{{\n{body}\n}}"


def _selection(steps: Sequence[Step], schema: GraphQLSchema, depth: int) -> list[str]:
    step, indent = steps[0], "  " * depth
    parent = schema.type_map[step.type_name]
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return [f"{indent}{step.field_name}"]
    declared = parent.fields[step.field_name]
    line = f"{indent}{step.field_name}{_arguments(declared.args)}"
    below = get_named_type(declared.type)
    if len(steps) == 1:
        return [f"{line} {{ __typename }}" if is_composite_type(below) else line]
    inner = steps[1].type_name
    if inner == below.name:
        return [f"{line} {{", *_selection(steps[1:], schema, depth + 1), f"{indent}}}"]
    cast = f"{indent}  ... on {inner} {{"
    nested = _selection(steps[1:], schema, depth + 2)
    return [f"{line} {{", cast, *nested, f"{indent}  }}", f"{indent}}}"]


def _arguments(arguments: dict[str, GraphQLArgument]) -> str:
    given = [f"{n}: {_value(a.type)}" for n, a in arguments.items() if is_required_argument(a)]
    return f"({', '.join(given)})" if given else ""


def _value(wanted: GraphQLInputType) -> str:
    """The smallest value of a type; required input fields cannot go round in circles."""
    inner = get_nullable_type(wanted)
    if is_list_type(inner):
        return "[]"
    if isinstance(inner, GraphQLEnumType):
        return next(iter(inner.values))
    if isinstance(inner, GraphQLInputObjectType):
        return f"{{{', '.join(_required(inner.fields))}}}"
    return _EXAMPLES.get(str(inner), '""')


def _required(fields: dict[str, GraphQLInputField]) -> list[str]:
    return [f"{n}: {_value(f.type)}" for n, f in fields.items() if is_required_input_field(f)]
