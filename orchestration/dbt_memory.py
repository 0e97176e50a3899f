"""What dbt works out anew in every process, or for every node, kept instead: nothing here changes what it does.

A run starts dbt twice and builds a hundred nodes. Half of dbt's own time then goes into things that depend on the
project alone (the Python code of Jinja templates, JSON schemas of its own classes) or on nothing (an empty table, a
parser of dates that no seed uses, log messages nobody hears). The versions are pinned, and tests hold dbt to the same
result with and without.
"""

import functools
import marshal
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

_templates: dict[str, CodeType] = {}
_schemas: dict[str, dict[str, Any]] = {}


@contextmanager
def remembered(file: Path, mark: str) -> Iterator[None]:
    """Let dbt start from what the last process with this `mark` worked out, and write what was added.

    `mark` names the state of the project and the libraries; what was kept under another one is dropped.
    """
    _patch()
    if not _templates:
        _read(file, mark)
    known = len(_templates) + len(_schemas)
    yield
    if len(_templates) + len(_schemas) > known:
        partial = file.with_name(f".{file.name}.{os.getpid()}")
        partial.write_bytes(marshal.dumps((mark, _templates, _schemas)))
        partial.replace(file)


def _read(file: Path, mark: str) -> None:
    try:
        kept = marshal.loads(file.read_bytes()) if file.exists() else None
    except (ValueError, EOFError, TypeError):  # of another Python
        kept = None
    if kept is not None and kept[0] == mark:
        _templates.update(kept[1])
        _schemas.update(kept[2])


@functools.cache
def _patch() -> None:
    _keep_templates()
    _keep_schemas()
    _keep_empty_tables()
    _word_events_when_heard()


def _keep_templates() -> None:
    """The code of a Jinja template depends on its text and on the kind of environment (dbt has two)."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment  # noqa: PLC0415

    compile_anew = MacroFuzzEnvironment.compile

    def compile_once(self: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(source, str) or arguments or options:
            return compile_anew(self, source, *arguments, **options)
        key = f"{type(self).__name__} {source}"
        if key not in _templates:
            _templates[key] = compile_anew(self, source)
        return _templates[key]

    MacroFuzzEnvironment.compile = compile_once


def _keep_schemas() -> None:
    """dbt checks its configuration against JSON schemas that it derives from its own classes."""
    from dbt_common.dataclass_schema import dbtClassMixin  # noqa: PLC0415

    derive = dbtClassMixin.__dict__["json_schema"].__func__

    def json_schema(cls: type) -> dict[str, Any]:
        key = f"{cls.__module__}.{cls.__qualname__}"
        if key not in _schemas:
            _schemas[key] = derive(cls)
        return _schemas[key]

    dbtClassMixin.json_schema = classmethod(json_schema)


def _keep_empty_tables() -> None:
    """Every statement without rows makes an empty table, and every table three natural-language parsers of dates."""
    import agate  # type: ignore[import-untyped]  # noqa: PLC0415, F401  (it has to come before what it is made of)
    import parsedatetime  # type: ignore[import-untyped]  # noqa: PLC0415
    from dbt_common.clients import agate_helper  # noqa: PLC0415

    parsedatetime.Constants = functools.cache(parsedatetime.Constants)
    agate_helper.empty_table = functools.cache(agate_helper.empty_table)


def _word_events_when_heard() -> None:
    """dbt words thirty log messages a node; only those that someone reads are put together."""
    from dbt_common.events.base_types import BaseEvent  # noqa: PLC0415

    word = BaseEvent.__init__

    def note(self: Any, *arguments: Any, **fields: Any) -> None:
        self.__dict__["noted"] = (arguments, fields)

    def field(self: Any, name: str) -> Any:
        """Called for what the event itself does not have: its message, when first asked for, and the message's fields."""
        if name != "pb_msg":
            return getattr(self.pb_msg, name)
        arguments, fields = self.__dict__["noted"]
        word(self, *arguments, **fields)
        return self.__dict__["pb_msg"]

    BaseEvent.__init__, BaseEvent.__getattr__ = note, field
