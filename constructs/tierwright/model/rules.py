"""What a schema cannot say: the checks across entries of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tierwright.config.documents import YamlNode
from tierwright.config.problems import Complaint, Path, Problem, shown
from tierwright.config.soundness import UNSOUND, numbered, repeated, until_unsound
from tierwright.model.catalogue import Catalogue, DataService, EveryService, Secret, further_variable
from tierwright.model.catalogue_checks import CatalogueChecks
from tierwright.model.compose_rules import ComposeRules
from tierwright.model.data_service_entries import DataServiceEntryRules
from tierwright.model.environment import OF_EVERY_SERVICE, Derived, derived_variables
from tierwright.model.files import Sources, file_complaints
from tierwright.model.graph import find_cycles
from tierwright.model.job_rules import JOB_RULES
from tierwright.model.mounts import mount_complaints
from tierwright.model.own_names import PLATFORM_NAMES, reserved_names
from tierwright.model.part import DATA_SERVICES, SECRET
from tierwright.model.placeholder_rules import PlaceholderRules
from tierwright.model.platform import login_secret
from tierwright.model.port_rules import PORT_RULES
from tierwright.model.public import PublicAddress, PublicEntry
from tierwright.model.reach_rules import ReachRules
from tierwright.model.references import COMES_LATER, MISSING, REMEDY, Setting, dangling, text_of
from tierwright.model.service import Service
from tierwright.model.settings import setting_complaints
from tierwright.model.storage import OF_DATA_SERVICE, claim_of, storage_complaints, storage_names
from tierwright.model.workloads import ends


class CatalogueRules(CatalogueChecks):
    """All rules of one catalogue."""

    def __init__(self, document: YamlNode, written: Catalogue, sources: Sources) -> None:
        """`sources` are the files below the catalogue's folder; the rest is that of `CatalogueChecks`."""
        super().__init__(document, written)
        self._sources = sources

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong, where it is written; each rule as far as it is about what is sound."""
        yield from self._told_once(problem for rule in self._rules() for problem in until_unsound(rule))

    def _rules(self) -> Iterator[Iterator[Problem]]:
        yield self._tiers()
        for kind, entries in ((DATA_SERVICES, self._data_services), ("services", self._services)):
            for name, entry in entries.items():
                yield self._tier(kind, name, entry)
        yield self._name()
        yield self._names()
        yield self._secret_names()
        yield from DataServiceEntryRules(self._document, self._written).rules()
        yield self._url_variables()
        yield self._public_addresses()
        yield self._claims()
        for path, _, holder in self._holders():
            for key in ("secrets", "external"):
                yield self._references(path, holder, key)
        for name, service in self._services.items():
            by_kind = () if service.run is UNSOUND else JOB_RULES if ends(service) else PORT_RULES
            yield from (self._complaints(name, rule(name, service)) for rule in by_kind)
            yield self._own_variables(name, service)
            yield self._complaints(name, setting_complaints(service))
            yield self._complaints(name, mount_complaints(self._catalogue, service))
            yield self._complaints(name, storage_complaints(name, service, self._catalogue.services))
            yield self._complaints(name, file_complaints(self._catalogue, name, self._sources))
            yield self._references_of_variables(name, service)
        yield self._borrowed_images()
        yield from ReachRules(self._document, self._written).rules()
        yield from PlaceholderRules(self._document, self._written).rules()
        yield from ComposeRules(self._document, self._written).rules()

    def _tiers(self) -> Iterator[Problem]:
        seen: set[str] = set()
        for index, tier in numbered(self._catalogue.tiers):
            if tier.name is UNSOUND:
                continue
            if tier.name in seen:
                yield self._problem(
                    ("tiers", index, "name"), f"the tier `{tier.name}` is listed twice", "give each tier a name of its own"
                )
            seen.add(tier.name)

    def _tier(self, kind: str, name: str, entry: DataService | Service) -> Iterator[Problem]:
        tiers = [tier.name for tier in self._catalogue.tiers]  # ends here where they are unsound
        if entry.tier not in tiers:
            yield self._unknown((kind, name, "tier"), "tier", entry.tier, list(self._rank))

    def _name(self) -> Iterator[Problem]:
        if self._catalogue.name in PLATFORM_NAMES:
            yield self._problem(("name",), f"the name `{self._catalogue.name}` is reserved", "choose another name")

    def _names(self) -> Iterator[Problem]:
        for key, name in reserved_names(self._catalogue):
            yield self._problem((key, name), f"the name `{name}` is reserved", "choose another name")

    def _secret_names(self) -> Iterator[Problem]:
        taken = {secret for part in self._catalogue.parts() for secret in part.secrets}
        for owner, part in self._catalogue.connected().items():
            if part.connection is not None and part.connection.login_switch:
                taken |= {login_secret(owner, client) for client in self._services}
            for operated in part.operated:
                taken |= {*operated.names(owner, (SECRET,))}
        for name, secret in self._catalogue.secrets.items():
            if name in taken:
                yield self._problem(("secrets", name), f"the name `{name}` is reserved", "choose another name")
            yield from until_unsound(self._secret_keys(name, secret))

    def _secret_keys(self, name: str, secret: Secret) -> Iterator[Problem]:
        for index, key in repeated(secret.keys):
            yield self._problem(("secrets", name, "keys", index), f"`{key}` is listed twice", "name each once")

    def _public_addresses(self) -> Iterator[Problem]:
        """Each address leads to one service. Those that are just public may all have a way in of their own."""
        owners: dict[PublicAddress, str] = {}
        for name, service in self._services.items():
            for address in until_unsound(_public_address(service)):
                owner = owners.setdefault(address, name)
                given = [isinstance(self._services[holder].public, PublicEntry) for holder in (owner, name)]
                if owner != name and any(given):
                    wrong = f"{address.shown} leads to {owner} already"
                    yield self._problem(("services", name, "public"), wrong, "give each an address of its own")

    def _claims(self) -> Iterator[Problem]:
        """Each storage has claims of its own: Kubernetes makes their names of its name and the owner's."""
        owners = {claim_of(OF_DATA_SERVICE, name): name for name in self._data_services}
        for name, part in self._catalogue.connected().items():
            for storage, end in (operated.claims for operated in part.operated if operated.claims):
                owners[claim_of(storage, f"{name}{end}")] = name
        for name, service in self._services.items():
            for storage in until_unsound(_storage(service)):
                claim = claim_of(storage, name)
                owner = owners.setdefault(claim, name)
                if owner != name:
                    wrong = f"its claim would be {claim}, which is that of {owner}"
                    yield self._problem(("services", name, "storage", storage), wrong, "choose another name")

    def _references(self, path: Path, holder: EveryService | Service, key: str) -> Iterator[Problem]:
        kinds: dict[str, tuple[str, Collection[str]]] = {
            "secrets": ("secret", self._catalogue.secrets),
            "external": ("external destination", self._catalogue.external),
        }
        what, known = kinds[key]
        used: list[str] = []
        for index, reference in numbered(getattr(holder, key)):
            if reference not in known:
                yield self._unknown((*path, key, index), what, reference, list(known))
            elif reference in used:
                yield self._problem((*path, key, index), f"`{reference}` is listed twice", "name each once")
            used.append(reference)

    def _url_variables(self) -> Iterator[Problem]:
        carriers: dict[str, str] = {}
        for path, target in self._carried():
            variable = self._catalogue.url_variable(target)
            owner = carriers.setdefault(variable, target)
            if owner != target or variable in OF_EVERY_SERVICE:
                wrong = f"{variable} carries {'the URL of ' + owner if owner != target else 'something else'} already"
                yield self._problem(path, wrong, "choose another variable")

    def _carried(self) -> Iterator[tuple[Path, str]]:
        """What variables carry the URL of: where the variable is written, and the target. Further endpoints, where it matters."""
        for kind, entries in ((DATA_SERVICES, self._data_services), ("services", self._services)):
            for name, entry in entries.items():
                if entry.url_variable is not UNSOUND:
                    yield (kind, name, "urlVariable"), name
        reached = {reach.target for service in self._services.values() for reach in until_unsound(iter(service.reaches))}
        for name, entry in self._data_services.items():
            for key in until_unsound(iter(self._catalogue.further_endpoints(name))):
                written = further_variable(entry, key)
                is_wanted = written is not None or f"{name}:{key}" in reached
                if is_wanted and entry.url_variable is not UNSOUND and written is not UNSOUND:
                    yield (DATA_SERVICES, name, f"{key}Variable"), f"{name}:{key}"

    def _own_variables(self, name: str, service: Service) -> Iterator[Problem]:
        """Each variable of a service has one origin."""
        owners: dict[str, Derived] = {}
        for derived in derived_variables(self._catalogue, name):
            owner = owners.setdefault(derived.name, derived)
            # Two targets with one variable are reported by the rules of the data services and of URL variables.
            is_password = derived.does.startswith("holds the password")
            reported = (
                is_password or owner.does == derived.does or (derived.target and (owner.target or owner.name in OF_EVERY_SERVICE))
            )
            if owner is not derived and not reported:
                yield self._problem(("services", name, *derived.path), *_twofold(derived, owner))
        for variable in service.environment:
            if variable in owners:
                path = ("services", name, "environment", variable)
                yield self._problem(path, f"{variable} {owners[variable].does}", "remove it here")

    def _borrowed_images(self) -> Iterator[Problem]:
        """Each leads to a workload with an image of its own."""
        borrowed: dict[str, list[str]] = {}
        for name, service in self._services.items():
            if service.image is None or service.image is UNSOUND or service.image.of is UNSOUND:
                continue
            path, owner = ("services", name, "image", "of"), service.image.of
            if owner not in self._known:
                yield self._unknown(path, "service", owner, list(self._known))
            elif owner == name:
                yield self._problem(path, f"the image of {name} is its own anyway", "name another service, or remove this")
            else:
                borrowed[name] = [owner]
        for cycle in find_cycles(borrowed):
            wrong = f"the images form a cycle: {' -> '.join(cycle)}"
            yield self._problem(("services", cycle[0], "image", "of"), wrong, "give one of them an image of its own")

    def _complaints(self, name: str, complaints: Iterator[Complaint]) -> Iterator[Problem]:
        for path, wrong, allowed in complaints:
            yield self._problem(("services", name, *path), wrong, allowed)

    def _references_of_variables(self, name: str, service: Service) -> Iterator[Problem]:
        known = [variable.name for variable in derived_variables(self._catalogue, name)]
        settings = [Setting(variable, text_of(text)) for variable, text in service.environment.items()]
        for setting, other, later in dangling(known, settings):
            reference = f"$({shown(other)})"
            wrong, allowed = (COMES_LATER if later else MISSING).format(reference), REMEDY.format(reference)
            yield self._problem(("services", name, "environment", setting.name), wrong, allowed)


def _storage(service: Service) -> Iterator[str]:
    yield from storage_names(service)


def _public_address(service: Service) -> Iterator[PublicAddress]:
    if address := service.public_address:
        yield address


def _twofold(variable: Derived, owner: Derived) -> tuple[str, str]:
    """What is wrong with a variable that follows from two entries, and the way out."""
    if variable.path[:1] == ("settings",):
        return f"{variable.name} {owner.does} already", "choose another name"
    if variable.target:
        wrong = f"{variable.name}, the variable for the URL of {variable.target}, {owner.does} already"
        return wrong, f"choose another urlVariable for {variable.target}"
    secret = variable.does.removeprefix("comes from the secret ")
    return f"the key {variable.name} of {secret} {owner.does} already", "give each variable one origin"
