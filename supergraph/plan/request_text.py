"""The text of a request: one GraphQL operation on one line, ready for the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphql import print_ast
from graphql.language import VariableDefinitionNode

from supergraph.plan.selected import Selected, SelectedField
from supergraph.plan.steps import Step

Definitions = Mapping[str, VariableDefinitionNode]
"""The client's variable definitions, by name."""


def variable_names(steps: Iterable[Step], definitions: Definitions) -> tuple[str, ...]:
    """The client's variables that some steps use, in the order that the client defined them."""
    used = {name for step in steps for entry in step.entries.values() for name in entry.variables()}
    return tuple(name for name in definitions if name in used)


def root_request(step: Step, kind: str, variables: Sequence[str], definitions: Definitions) -> str:
    """The operation of a request for root fields."""
    declared = _declared(variables, definitions)
    (entry,) = step.entries.values()
    head = "" if kind == "query" and not declared else f"{kind}{declared}"
    return head + _braces(selections_text(entry))


def entities_request(
    batches: Sequence[tuple[str, str, Step]], variables: Sequence[str], definitions: Definitions
) -> str:
    """The operation of a request for entities.

    Args:
        batches: alias, name of the variable for the representations, and what to select.
        variables: of the client, that any of the steps use.
        definitions: of the client's variables.
    """
    own = [f"${variable}: [_Any!]!" for _, variable, _ in batches]
    fields = " ".join(_entities(*batch) for batch in batches)
    return f"query{_declared(variables, definitions, own)}{{{fields}}}"


def _entities(alias: str, variable: str, step: Step) -> str:
    head = "" if alias == "_entities" else f"{alias}: "
    return f"{head}_entities(representations: ${variable}){entity_selections(step)}"


def entity_selections(step: Step) -> str:
    """What a step selects of its entities, by type."""
    return _braces(
        [f"... on {name}{_braces(selections_text(entry))}" for name, entry in step.entries.items()]
    )


def _declared(variables: Sequence[str], definitions: Definitions, own: Sequence[str] = ()) -> str:
    parts = [*own, *(_definition(definitions[name]) for name in variables)]
    return f"({', '.join(parts)})" if parts else ""


def _definition(node: VariableDefinitionNode) -> str:
    text = f"${node.variable.name.value}: {print_ast(node.type)}"
    return f"{text} = {print_ast(node.default_value)}" if node.default_value else text


def _braces(parts: Sequence[str]) -> str:
    return f"{{{' '.join(parts)}}}"


def selections_text(selected: Selected) -> list[str]:
    """The selections of one object, each as text; never empty."""
    found: dict[str, None] = {}
    if selected.typename or selected.node.is_abstract:
        found["__typename"] = None
    for one in selected.fields.values():
        found[_field_text(one)] = None
    for name, cast in selected.casts.items():
        found[f"... on {name}{_braces(selections_text(cast))}"] = None
    return list(found) or ["__typename"]


def _field_text(one: SelectedField) -> str:
    key = one.sent_as or one.key
    alias = f"{key}: " if key != one.name else ""
    text = f"{alias}{one.name}{one.arguments}"
    # A directive may stand once at each place: any more of its kind stand around the field.
    around: list[str] = []
    seen: set[bool] = set()
    for variable, wanted in sorted(one.conditions):
        condition = f" @{'include' if wanted else 'skip'}(if: ${variable})"
        if wanted in seen:
            around.append(condition)
        else:
            text += condition
        seen.add(wanted)
    text += _braces(selections_text(one.below)) if one.below else ""
    for condition in around:
        text = f"...{condition}{_braces([text])}"
    return text
