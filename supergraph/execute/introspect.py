"""Answer `__schema` and `__type` from the API schema; no subgraph is asked."""

from __future__ import annotations

from graphql.execution import execute_sync  # pyright: ignore[reportUnknownVariableType]
from graphql.language import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from supergraph.execute.context import ExecutionContext
from supergraph.execute.json_values import Object
from supergraph.execute.selections import Scope, TypeConditions
from supergraph.model.operation import Operation

_FIELDS = frozenset({"__schema", "__type"})


def introspect(operation: Operation, context: ExecutionContext) -> Object:
    """The operation's introspection fields by response key; empty where it asks none.

    Root `__typename` is no part of it: `shape` knows every type name.
    """
    root = context.api_schema.get_root_type(operation.kind)
    if root is None or operation.kind is not OperationType.QUERY:
        return {}
    scope = Scope(operation.fragments, context.variables, TypeConditions(context.api_schema))
    collected = scope.collect((operation.definition.selection_set,), root.name)
    nodes = [node for nodes in collected.values() for node in nodes if node.name.value in _FIELDS]
    return _execute(nodes, operation, context) if nodes else {}


def _execute(nodes: list[FieldNode], operation: Operation, context: ExecutionContext) -> Object:
    definition = OperationDefinitionNode(
        operation=OperationType.QUERY,
        variable_definitions=operation.definition.variable_definitions,
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    document = DocumentNode(definitions=(definition, *operation.fragments.values()))
    # graphql-core leaves a type variable open in the signature: its result is typed.
    result = execute_sync(context.api_schema, document, variable_values=dict(context.variables))
    return result.data or {}
