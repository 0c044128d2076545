"""The sentence that stands under each field and each value of an enumeration, read from the source."""

import ast
import inspect
from functools import cache
from types import ModuleType


@cache
def sentences(module: ModuleType) -> dict[tuple[str, str], str]:
    """(class, field) to its sentence. Empty where Python has no source, as in a build of compiled files only."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError):
        return {}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {(each.name, name): text for each in classes for name, text in _of_class(each)}


def _of_class(node: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for statement, below in zip(node.body, node.body[1:], strict=False):
        name, text = _name(statement), _text(below)
        if name is not None and text is not None:
            found.append((name, text))
    return found


def _name(statement: ast.stmt) -> str | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None


def _text(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
        case _:
            return None
