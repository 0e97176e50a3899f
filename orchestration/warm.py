"""A run starts warm: what its libraries work out anew in every process, or for every node, is kept on disk.

Importing Dagster and dbt compiles four thousand generated methods, and dbt then derives JSON schemas, compiles Jinja
and asks DuckDB for the columns of queries that it asked for the last time too. All of these follow from a text that is
the key here, or from the state of the project and of the tables it reads, which the key names. What is imported and not
used in a run is left for when it is used. The libraries are pinned; a test holds a run without all this to the same
content.
"""

import collections
import dataclasses
import functools
import importlib
import inspect
import logging
import marshal
import operator
import platform
import re
import sys
import tempfile
import types
import typing
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

FILE = f"warm.{sys.implementation.cache_tag}.marshal"  # like bytecode, of no use to another Python
log = logging.getLogger("drivers.warm")
_EXECUTORS = (
    "dataclasses",
    "mashumaro.core.meta.code.builder",
    "mashumaro.core.meta.types.common",
    "mashumaro.core.meta.types.pack",
    "mashumaro.core.meta.types.unpack",
)
# What a run imports and hardly ever uses: lineage of columns, changes of Dagster's schema, its other programs, dbt's
# services and its parser, and most of what can be asked of a graph.
_LATER = (
    "sqlglot", "sqlglot.expressions", "sqlglot.lineage", "sqlglot.optimizer",
    "alembic", "alembic.command", "alembic.config", "alembic.runtime", "alembic.runtime.environment",
    "alembic.runtime.migration", "alembic.script",
    "dagster._daemon.controller", "dagster_dbt.cloud", "dagster_dbt.cloud_v2", "dagster_dbt.cloud_v2.component",
    "dbt.parser.manifest",
    "networkx.algorithms.approximation", "networkx.algorithms.assortativity", "networkx.algorithms.bipartite",
    "networkx.algorithms.centrality", "networkx.algorithms.community", "networkx.algorithms.connectivity",
    "networkx.algorithms.flow", "networkx.algorithms.link_analysis", "networkx.algorithms.operators",
    "networkx.drawing", "networkx.linalg", "networkx.readwrite",
)  # fmt: skip
_described_by: dict[str, Callable[..., list[Any]]] = {}
_kept: dict[str, Any] = {}
_used: dict[str, Any] = {}


def keep(kind: str, key: str, work_out: Callable[[], Any]) -> Any:
    """What was worked out for this text before, in this process or an earlier one; of types that marshal can write."""
    name = f"{kind} {key}"
    if name not in _used:
        _used[name] = _kept[name] if name in _kept else work_out()
    return _used[name]


def save(folder: Path) -> None:
    """Write what this process used, and drop what it did not."""
    if _used.keys() == _kept.keys():
        return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{FILE}.", delete=False) as partial:
            partial.write(marshal.dumps(_used))
        Path(partial.name).replace(folder / FILE)
    except (OSError, ValueError) as error:  # costs the next run time, and nothing else
        log.warning("what the next run would start from cannot be kept in %s: %s", folder, error)


def warm_imports(folder: Path) -> None:
    """Before Dagster and dbt are imported: their generated classes find the code of their methods compiled."""
    with suppress(OSError, ValueError, EOFError, TypeError):  # a first run, half a file, or another version of Python
        _kept.update(marshal.loads((folder / FILE).read_bytes()))

    _keep_generated_code()
    _keep_patterns()
    _replace(platform, architecture=_bits_once(platform.architecture))
    _write_messages_when_asked()
    for name in _LATER:
        sys.modules.setdefault(name, _LaterModule(name))


class _Later:
    """Stands for what `get` gives, which is asked for when it is first used."""

    def __init__(self, get: Callable[[], Any]) -> None:
        self._get = get

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._get()(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._get(), name)


class _LaterModule(types.ModuleType):
    """Stands for a module: whatever is imported from it stands for itself until it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Later(lambda: getattr(_now(self.__name__), name))


def _now(name: str) -> types.ModuleType:
    """The module itself, and from now on its whole library."""
    library = name.split(".", maxsplit=1)[0]
    for module in _LATER:
        if module.split(".")[0] == library and isinstance(sys.modules.get(module), _LaterModule):
            del sys.modules[module]
    return importlib.import_module(name)


def warm_dagster() -> None:
    """After Dagster is imported, before it opens a home: whether its databases are of its newest schema is asked of
    them alone. Alembic would read its ninety scripts to find the newest, twice.
    """
    from dagster._core.storage import sql  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    read_config, ask = sql.get_alembic_config, sql.check_alembic_revision

    def revisions(config: Any, connection: Any) -> Any:
        try:
            found = connection.exec_driver_sql("select version_num from alembic_version").scalar()
        except OperationalError:  # a new database
            found = None
        if found is None:
            return ask(config, connection)
        return found, keep("newest schema", version("dagster"), lambda: ask(config, connection)[1])

    _replace(sql, check_alembic_revision=revisions)
    _replace(sql, get_alembic_config=lambda *of, **where: _Later(lambda: read_config(*of, **where)))


def _keep_generated_code() -> None:
    """Of dataclasses, named tuples, mashumaro's classes, and annotations written as text. And the class's signature as
    the docstring of a dataclass is left out.
    """

    def code_of(source: Any, mode: str) -> Any:
        if not isinstance(source, str):
            return source
        return keep(mode, source, lambda: compile(source, "<string>", mode, dont_inherit=True))

    def execute(source: Any, *namespaces: Any) -> None:
        exec(code_of(source, "exec"), *namespaces)

    # A module's own name comes before the built-in one.
    for name in _EXECUTORS:
        vars(importlib.import_module(name))["exec"] = execute
    vars(collections)["eval"] = lambda source, *namespaces: eval(code_of(source, "eval"), *namespaces)
    vars(typing)["compile"] = lambda source, _file, mode: code_of(source, mode)
    signed = types.SimpleNamespace(**vars(inspect))
    signed.signature = lambda *_, **__: inspect.Signature()
    _replace(dataclasses, inspect=signed)


def _bits_once(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Dagster's cron reader starts the system's `file` to learn whether this Python has 64 bits."""

    def architecture(*arguments: Any, **options: Any) -> Any:
        if arguments or options:
            return ask(*arguments, **options)
        return keep("bits", sys.executable, ask)

    return architecture


def _keep_patterns() -> None:
    """A regular expression is parsed once; what the engine runs are numbers."""
    compiler = re._compiler  # type: ignore[attr-defined]
    engine = compiler._sre

    def compile_once(pattern: Any, flags: int = 0) -> re.Pattern[Any]:
        def parsed() -> tuple[Any, ...]:
            tree = compiler._parser.parse(pattern, flags)
            names = tree.state.groupdict
            ordered = [None] * tree.state.groups
            for name, number in names.items():
                ordered[number] = name
            code = [int(each) for each in compiler._code(tree, flags)]
            return int(flags | tree.state.flags), code, tree.state.groups - 1, names, tuple(ordered)

        if not isinstance(pattern, str) or flags & re.DEBUG:
            return compile_anew(pattern, flags)
        found: re.Pattern[Any] = engine.compile(pattern, *keep(f"pattern {sys.version} {int(flags)}", pattern, parsed))
        return found

    compile_anew: Callable[..., re.Pattern[Any]] = compiler.compile
    _replace(compiler, compile=compile_once)


def _write_messages_when_asked() -> None:
    """Classes that read and write MessagePack learn it when first asked: dbt's only when the project is parsed."""
    from mashumaro.config import BaseConfig  # noqa: PLC0415
    from mashumaro.core.meta.mixin import compile_mixin_packer, compile_mixin_unpacker  # noqa: PLC0415
    from mashumaro.mixins.msgpack import DataClassMessagePackMixin  # noqa: PLC0415

    mixin, parameters = DataClassMessagePackMixin, "_DataClassMessagePackMixin__mashumaro_builder_params"
    builders = getattr(mixin, parameters)

    def to_msgpack(self: Any, *arguments: Any, **options: Any) -> Any:
        compile_mixin_packer(type(self), **builders["packer"])
        return vars(type(self))["to_msgpack"](self, *arguments, **options)

    def from_msgpack(cls: Any, *arguments: Any, **options: Any) -> Any:
        compile_mixin_unpacker(cls, **builders["unpacker"])
        return vars(cls)["from_msgpack"].__get__(None, cls)(*arguments, **options)

    _replace(mixin, to_msgpack=to_msgpack, from_msgpack=classmethod(from_msgpack), **{parameters: None})
    _replace(BaseConfig, lazy_compilation=True)


@functools.cache
def warm_dbt() -> None:
    """Before dbt runs, after it is imported."""
    _keep_templates()
    _keep_schemas()
    _keep_empty_tables()
    _gather_macros_at_once()
    _word_events_when_heard()
    _leave_out_what_nobody_reads()


def keep_contracts(state: str) -> None:
    """A contract compares a query's columns with the declared ones. Which columns a query has follows from its text and
    from the columns of what it reads: `state` names the project and the tables that dbt does not make.
    """
    from dbt.adapters.duckdb.column import DuckDBColumn  # noqa: PLC0415
    from dbt.adapters.duckdb.impl import DuckDBAdapter  # noqa: PLC0415

    describe = _described_by.setdefault("dbt", DuckDBAdapter.get_column_schema_from_query)

    def columns(self: Any, sql: str) -> list[Any]:
        def described() -> list[tuple[str, str]]:
            return [(column.column, column.dtype) for column in describe(self, sql)]

        return [DuckDBColumn(*each) for each in keep(f"columns {state}", sql, described)]

    _replace(DuckDBAdapter, get_column_schema_from_query=columns)


def _keep_templates() -> None:
    """The code of a Jinja template depends on its text and on the kind of environment (dbt has two)."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment  # noqa: PLC0415

    compile_anew = MacroFuzzEnvironment.compile
    versions = f"{version('jinja2')} {version('dbt-common')}"

    def compile_once(self: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(source, str) or arguments or options:
            return compile_anew(self, source, *arguments, **options)
        kind = f"template {versions} {type(self).__name__}"
        return keep(kind, source, lambda: compile_anew(self, source))

    _replace(MacroFuzzEnvironment, compile=compile_once)


def _keep_schemas() -> None:
    """dbt checks its configuration against JSON schemas that it derives from its own classes."""
    from dbt_common.dataclass_schema import dbtClassMixin  # noqa: PLC0415

    libraries = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb", "mashumaro")
    versions = " ".join(version(library) for library in libraries)
    derive = dbtClassMixin.__dict__["json_schema"].__func__

    def json_schema(cls: type) -> Any:
        return keep(f"schema {versions}", f"{cls.__module__}.{cls.__qualname__}", lambda: derive(cls))

    _replace(dbtClassMixin, json_schema=classmethod(json_schema))


def _keep_empty_tables() -> None:
    """Every statement without rows makes an empty table, and every table three natural-language parsers of dates."""
    import agate  # type: ignore[import-untyped]  # noqa: PLC0415, F401  (has to come before what it is made of)
    import parsedatetime  # type: ignore[import-untyped]  # noqa: PLC0415
    from dbt_common.clients import agate_helper  # noqa: PLC0415

    _replace(parsedatetime, Constants=functools.cache(parsedatetime.Constants))
    _replace(agate_helper, empty_table=functools.cache(agate_helper.empty_table))


def _gather_macros_at_once() -> None:
    """dbt makes a callable of each of its eight hundred macros, twice a node; and searches five dictionaries for each
    to copy them into the node's namespace.
    """
    from dbt.clients.jinja import MacroGenerator  # noqa: PLC0415
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder  # noqa: PLC0415

    def gathered(self: Any, macros_by_package: dict[str, dict[str, Any]], context: dict[str, Any]) -> Any:
        shared = {"context": context, "node": self.node, "stack": self.thread_ctx}

        def callable_of(macro: Any) -> Any:
            generator = object.__new__(MacroGenerator)
            generator.__dict__.update(shared, macro=macro)
            return generator

        found = {
            package: {name: callable_of(macro) for name, macro in macros.items()}
            for package, macros in macros_by_package.items()
        }
        of_adapter = [found[name] for name in reversed(self.internal_package_names_order) if name in found]
        own = {name: macros for name, macros in found.items() if name not in self.internal_package_names}
        return MacroNamespace(
            global_namespace=own.get(self.root_package, {}) if self.root_package != self.search_package else {},
            local_namespace=own.get(self.search_package, {}),
            global_project_namespace=functools.reduce(operator.or_, of_adapter, {}),
            packages=own,
        )

    def merged(self: Any) -> dict[str, Any]:
        if "merged" not in self.__dict__:
            first_wins = reversed(list(self._search_order()))
            self.__dict__["merged"] = functools.reduce(operator.or_, first_wins, {})
        found: dict[str, Any] = self.__dict__["merged"]
        return found

    _replace(MacroNamespaceBuilder, build_namespace=gathered)
    _replace(MacroNamespace, keys=lambda self: merged(self).keys(), __getitem__=lambda self, name: merged(self)[name])


def _word_events_when_heard() -> None:
    """dbt words thirty log messages a node; only those that someone reads are put together."""
    from dbt_common.events.base_types import BaseEvent  # noqa: PLC0415

    word = BaseEvent.__init__

    def note(self: Any, *arguments: Any, **fields: Any) -> None:
        self.__dict__["noted"] = (arguments, fields)

    def field(self: Any, name: str) -> Any:
        """Called for what the event has not itself: its message, when first asked for, and the message's fields."""
        if name != "pb_msg":
            return getattr(self.pb_msg, name)
        arguments, fields = self.__dict__["noted"]
        word(self, *arguments, **fields)
        return self.__dict__["pb_msg"]

    _replace(BaseEvent, __init__=note, __getattr__=field)


def _leave_out_what_nobody_reads() -> None:
    """The SQL of every node as files (`dbt compile` writes them on request), summaries of the graph, the module that
    brought in a behaviour flag; schemas that are there already; and, since the project has none, foreign keys looked up
    before every model and plugins looked up among all modules that can be imported.
    """
    from dbt.adapters.duckdb.impl import DuckDBAdapter  # noqa: PLC0415
    from dbt.compilation import Linker  # noqa: PLC0415
    from dbt.contracts.graph.nodes import ParsedNode  # noqa: PLC0415
    from dbt.plugins.manager import PluginManager  # noqa: PLC0415
    from dbt.task.runnable import GraphRunnableTask  # noqa: PLC0415
    from dbt_common.behavior_flags import BehaviorFlagRendered  # noqa: PLC0415

    _replace(DuckDBAdapter, _foreign_key_catalog_types=set())
    _replace(Linker, get_graph_summary=lambda self, manifest: {})
    _replace(GraphRunnableTask, create_schemas=lambda self, adapter, required_schemas: None)
    _replace(PluginManager, get_prefixed_modules=classmethod(lambda cls: {}))
    _replace(ParsedNode, write_node=lambda self, root, path, code: None)
    _replace(BehaviorFlagRendered, _default_source=staticmethod(lambda: "an adapter"))


def _replace(owner: Any, **replacements: Any) -> None:
    """Put our own in a library's place; a name that the library no longer has is an error."""
    for name, replacement in replacements.items():
        if not hasattr(owner, name):
            raise AttributeError(f"{owner} has no {name} to replace: has a pinned version changed?")
        setattr(owner, name, replacement)
