"""The rules of the references between variables that the values set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierwright.config.problems import Problem
from tierwright.config.soundness import numbered
from tierwright.model.checks import Checks
from tierwright.model.environment import derived_variables
from tierwright.model.references import Setting, dangling, references, text_of


class ReferenceRules(Checks):
    """What a variable refers to comes before it, in the order in which a service's containers get their variables."""

    def rules(self, services: Iterable[str]) -> Iterator[Iterator[Problem]]:
        """Each rule for each of these services."""
        for name in services:
            yield self._of_catalogue(name)
            yield self._of_values(name)

    def _of_catalogue(self, name: str) -> Iterator[Problem]:
        """The catalogue's own texts refer to no URL of a service that is left out."""
        values = self._platform.values_of(name)
        for one in derived_variables(self._platform.catalogue, name):
            if not self._is_left_out(one.need):
                continue
            for variable, text in self._platform.service(name).environment.items():
                if variable not in values.env and one.name in references(text_of(text)):
                    wrong = f"{one.need} is left out, but {variable} of {name} refers to {one.name}"
                    path = self._of_service(one.need, ("enabled",))
                    yield self._problem(path, wrong, f"enable it, or set services.{name}.env.{variable} otherwise")

    def _of_values(self, name: str) -> Iterator[Problem]:
        values, environment = self._platform.values_of(name), self._platform.service(name).environment
        known = [one.name for one in derived_variables(self._platform.catalogue, name) if not self._is_left_out(one.need)]
        order = [*environment, *sorted(values.env.keys() - environment.keys())]
        settings = [Setting(one, text_of(values.env.get(one)), ("env", one)) for one in order]
        for at, extra in numbered(values.extra_env):
            settings.append(Setting(text_of(extra.get("name")), text_of(extra.get("value")), ("extraEnv", at, "value")))
        for setting, wrong, allowed in dangling(known, settings):
            yield self._problem(self._of_service(name, setting.path), wrong, allowed)
        every = [*known, *(one.name for one in settings)]
        for at, mount in numbered(values.extra_volume_mounts):  # they come after all variables
            setting = Setting("", text_of(mount.get("subPathExpr")), ("extraVolumeMounts", at, "subPathExpr"))
            for _, wrong, allowed in dangling(every, [setting]):
                yield self._problem(self._of_service(name, setting.path), wrong, allowed)

    def _is_left_out(self, need: str) -> bool:
        """Whether it is a disabled service that others can do without."""
        return self._platform.catalogue.is_optional(need) and not self._platform.values_of(need).enabled
