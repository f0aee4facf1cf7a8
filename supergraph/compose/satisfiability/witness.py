"""A query that shows what cannot be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from supergraph.compose.satisfiability.explore import Dead, Step
from supergraph.compose.schema import InputValue, TypeDefinition, is_list, named_type, nullable

Types = Mapping[str, TypeDefinition]

_EXAMPLES = {"Int": "0", "Float": "0", "Boolean": "false"}


def witness(dead: Dead, types: Types) -> str:
    """A valid operation that ends in the field that cannot be answered."""
    steps = (*dead.state.steps, Step(dead.state.type_name, dead.field_name))
    root = steps[0].type_name.lower()
    body = "\n".join(["{", *_selection(steps, types, depth=1), "}"])
    return body if root == "query" else f"{root} {body}"


def _selection(steps: Sequence[Step], types: Types, depth: int) -> list[str]:
    step, indent = steps[0], "  " * depth
    field = types[step.type_name].fields[step.field_name]
    line = f"{indent}{step.field_name}{_arguments(field.arguments.values(), types)}"
    below = types.get(named_type(field.type))
    if below is None or not below.is_composite:
        return [line]
    if len(steps) == 1:
        return [f"{line} {{ __typename }}"]
    inner = steps[1].type_name
    if inner == below.name:
        return [f"{line} {{", *_selection(steps[1:], types, depth + 1), f"{indent}}}"]
    cast = f"{indent}  ... on {inner} {{"
    nested = _selection(steps[1:], types, depth + 2)
    return [f"{line} {{", cast, *nested, f"{indent}  }}", f"{indent}}}"]


def _arguments(arguments: Iterable[InputValue], types: Types) -> str:
    given = ", ".join(_required(arguments, types))
    return f"({given})" if given else ""


def _required(values: Iterable[InputValue], types: Types) -> list[str]:
    return [f"{v.name}: {_value(nullable(v.type), types)}" for v in values if v.is_required]


def _value(wanted: str, types: Types) -> str:
    """The smallest value of a type; required input fields cannot go round in circles."""
    if is_list(wanted):
        return "[]"
    definition = types.get(wanted)
    if definition is not None and definition.values:
        return next(iter(definition.values))
    if definition is not None and definition.is_input:
        return f"{{{', '.join(_required(definition.inputs.values(), types))}}}"
    return _EXAMPLES.get(wanted, '""')
