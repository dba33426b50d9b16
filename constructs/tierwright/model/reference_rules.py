"""The rules of the references between variables that the values set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierwright.config.problems import Problem, enumerated
from tierwright.config.soundness import numbered, until_unsound
from tierwright.model.checks import Checks
from tierwright.model.environment import derived_variables, vanishing_variables
from tierwright.model.references import Setting, dangling, references, text_of


class ReferenceRules(Checks):
    """What a variable refers to comes before it, in the order in which a service's containers get their variables."""

    def rules(self, services: Iterable[str]) -> Iterator[Iterator[Problem]]:
        """Each rule, over each of these services. One that is left out has no variables that could refer to anything."""
        names = list(services)
        yield self._of_catalogue(names)
        for name in names:
            yield self._of_values(name)

    def _of_catalogue(self, names: Iterable[str]) -> Iterator[Problem]:
        """The catalogue's own texts refer to no variable that is left out together with a service."""
        referring: dict[tuple[str, str, str], list[str]] = {}
        for name in names:
            for key in until_unsound(self._left_out(name)):
                referring.setdefault(key, []).append(name)
        for (target, variable, url), clients in referring.items():
            wrong = f"{target} is left out, but {variable} of {enumerated(clients)} refers to {url}"
            values = f"services.{clients[0]}" if len(clients) == 1 else "defaults"
            path = self._of_service(target, ("enabled",))
            yield self._problem(path, wrong, f"enable it, or set {values}.env.{variable} otherwise")

    def _left_out(self, name: str) -> Iterator[tuple[str, str, str]]:
        """A service that is left out, the variable of the service `name` that refers to one of its facts, and that one."""
        values, left_out = self._platform.values_of(name), self._vanished(name)
        if not values.enabled:
            return
        for variable, text in self._platform.service(name).environment.items():
            if variable not in values.env and variable not in left_out:
                for other in references(text_of(text)):
                    if other in left_out:
                        yield left_out[other], variable, other

    def _of_values(self, name: str) -> Iterator[Problem]:
        values, environment = self._platform.values_of(name), self._platform.service(name).environment
        if not values.enabled:
            return
        left_out = self._vanished(name)
        known = [one.name for one in derived_variables(self._platform.catalogue, name) if one.name not in left_out]
        order = [*(one for one in environment if one not in left_out), *sorted(values.env.keys() - environment.keys())]
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

    def _vanished(self, name: str) -> dict[str, str]:
        """The variables of a service that are left out, each with a service that is left out too and has a fact in it."""
        env, vanishing = self._platform.values_of(name).env, vanishing_variables(self._platform.catalogue, name)
        return {
            variable: target
            for variable, targets in vanishing.items()
            for target in reversed(targets)  # so that the first one stays
            if variable not in env and not self._platform.values_of(target).enabled
        }
