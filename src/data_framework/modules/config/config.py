"""A project's configuration, resolved for one environment: the value every capability is opened with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from data_framework.modules.aws import AwsClients, AwsSettings
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import Dataflow
from data_framework.modules.config.model.platform import Arguments, Platform
from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.config.nodes import Key, Node, problem_at
from data_framework.modules.config.project import ProjectFiles
from data_framework.modules.config.secrets import known_secrets, read_secret
from data_framework.modules.exception import ConfigErrors, Problem, UnknownDataflowError
from data_framework.modules.utils.nearest import suggest


@dataclass(frozen=True)
class Config:
    """Everything a project says, checked and merged.

    Attributes:
        project: The project's files.
        project_id: Its name; default: the stem of the dataflows file.
        account: The key of the platform entry that holds: `local` or an AWS account id.
        platform: That entry, arguments laid over it.
        dataflows: The named dataflows, `default` merged in.
        contracts, controls: The table contracts and quality controls of the project.
        arguments: The arguments of the run.
        warnings: What is doubtful.
        unsupported: What this version cannot do, with the dataflow and process that need it ("" for all).
        tree: Every value with the file and line it comes from.
    """

    project: ProjectFiles
    project_id: str
    platform: Platform
    dataflows: Mapping[str, Dataflow] = field(default_factory=dict)
    contracts: tuple[TableContract, ...] = ()
    controls: tuple[Control, ...] = ()
    arguments: Arguments = field(default_factory=Arguments)
    account: str = "local"
    warnings: tuple[Problem, ...] = ()
    unsupported: tuple[tuple[str, str, Problem], ...] = ()
    tree: Node = field(default_factory=lambda: Node({}), repr=False)

    @property
    def environment(self) -> str:
        """local, develop, preproduction or production."""
        return self.platform.environment

    @cached_property
    def aws(self) -> AwsClients:
        """The clients of Amazon Web Services: of the platform's region and endpoints, refusing another account."""
        account = self.account if self.account.isdigit() else ""
        return AwsClients(AwsSettings(self.platform.region, self.platform.endpoints.named(), account))

    @property
    def data_root(self) -> Path:
        """The local folder the layers, the catalogue, the run store and the outbox lie in."""
        return (self.project.folder / Path(self.platform.data_root or "data").expanduser()).absolute()

    def dataflow(self, name: str) -> Dataflow:
        """Return a dataflow by name.

        Raises:
            UnknownDataflowError: There is none; the hint names the nearest.
        """
        if name not in self.dataflows:
            raise UnknownDataflowError(name=name, suggestion=suggest(name, self.dataflows))
        return self.dataflows[name]

    def contract(self, database: str, table: str) -> TableContract | None:
        """Return the contract of a table, None where the project has none."""
        return next((c for c in self.contracts if (c.database, c.table) == (database, table)), None)

    def database(self, name: str) -> str:
        """Return a database as tables name it: with the platform's prefix, unless it has it already."""
        return name if name.startswith(self.platform.database_prefix) else f"{self.platform.database_prefix}{name}"

    def secret(self, reference: str) -> str:
        """Return what a reference to a secret stands for.

        Raises:
            SecretError: It cannot be had; the value is never part of a message.
        """
        return read_secret(reference, self.project.folder, self.aws)

    def secret_values(self) -> list[str]:
        """The values of the platform's secrets that can be had, to be hidden in log lines."""
        return list(known_secrets(self.platform.model_dump(), self.project.folder))

    def with_arguments(self, **changes: Any) -> Config:
        """Return the same configuration with other arguments of the run (those that do not change what is resolved)."""
        values = {**self.arguments.model_dump(), **changes}
        return replace(self, arguments=Arguments.model_validate(values))

    def check_supported(self, dataflow: str | None = None, process: str | None = None) -> None:
        """Refuse to run what this version cannot do: of a dataflow or process, or (None) of the whole project.

        Raises:
            ConfigErrors: With a problem for each such key.
        """
        found = [
            problem for needs, stage, problem in self.unsupported
            if dataflow is None or (needs in {"", dataflow} and (process is None or stage in {"", process}))
        ]  # fmt: skip
        if found:
            raise ConfigErrors(problems=found)

    def problem(
        self, path: Iterable[Key], found: str, expected: str, hint: str = "", *, warning: bool = False
    ) -> Problem:
        """Make a problem about a key, with the file and line it is written on (or its nearest written parent's).

        Args:
            path: From the tree's root: `("dataflows", "sales", "processes", …)`, `("platform", …)`,
                `("tables", 0, "columns", 1, "type")` or `("controls", 0, "algorithm")`.
            found: What stands there.
            expected: What could.
            hint: What to do.
            warning: Whether it only deserves a warning.
        """
        return problem_at(self.tree, path, found, expected, hint, warning=warning)
