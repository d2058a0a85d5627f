"""The words of the report, in each language: ``texts.yml``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# of a test of the risk models, such as 2013_to_2014_all_enrolled: learned from, tested on, kind
_PROTOCOL = re.compile(r"(.+)_to_([^_]+)(?:_(\w+))?")
LANGUAGES = ("en", "de")


@cache
def _all() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load((files(__package__) / "texts.yml").read_text("utf-8"))
    return texts


class Texts:
    """The texts in one language. A text that is missing raises ``KeyError`` with the path to it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, *path: str) -> str:
        """The text at a path, such as ``("columns", "active_share")``."""
        node: Any = _all()
        for step in path:
            if step not in node:
                raise KeyError(f"texts.yml has no {'.'.join(path)}")
            node = node[step]
        return str(node[self._place])

    def column(self, name: str) -> str:
        """The label of a column."""
        return self("columns", name)

    def value(self, column: str, value: str) -> str:
        """The label of a value of a column; the value itself where it has none."""
        if column == "protocol" and (parts := _PROTOCOL.fullmatch(value)):
            learned, tested, kind = parts.groups(default="headline")
            return self("protocols", kind).format(learned=learned.replace("_", "–"), tested=tested)
        labels = _all()["values"].get(column, {})
        return str(labels[value][self._place]) if value in labels else value

    def values(self, column: str) -> list[str]:
        """The labels of all values of a column, in their order."""
        return [self("values", column, value) for value in _all()["values"][column]]

    def absence(self, figure: str, reason: str) -> str:
        """The sentence in place of a figure that is ``missing`` tables or ``empty``: its own, or the general one."""
        return self("figures", figure, reason) if reason in _all()["figures"][figure] else self("site", reason)

    def section(self, name: str) -> dict[str, str]:
        """All texts of a section."""
        return {key: self(name, key) for key in _all()[name]}
