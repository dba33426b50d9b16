"""The variables of a service: who it is, where its needs are, its secrets and its own settings."""

from __future__ import annotations

from castiel.manifest import Manifest
from castiel.model.catalogue import Service
from castiel.model.platform import Platform
from castiel.pods import secret_variable

_PASSWORDS = {"postgres": "DB_PASSWORD", "rabbitmq": "RABBITMQ_PASSWORD", "redis": "REDIS_PASSWORD"}


def service_environment(platform: Platform, name: str) -> list[Manifest]:
    """The variables in the order in which they refer to one another: Kubernetes expands `$(NAME)` of earlier ones only."""
    service, values = platform.service(name), platform.values_of(name)
    settings = {variable: platform.fill(text) for variable, text in service.environment.items()} | values.env
    return [
        *_passwords(platform, service),
        {"name": "PORT", "value": str(service.port)},
        {"name": "SERVICE_NAME", "value": name},
        *({"name": platform.catalogue.url_variable(need), "value": _url(platform, name, need)} for need in service.needs),
        *_secrets(platform, service),
        *({"name": variable, "value": text} for variable, text in settings.items()),
    ]


def _passwords(platform: Platform, service: Service) -> list[Manifest]:
    passwords = []
    for need in service.needs:
        if need in _PASSWORDS:
            password = platform.password_of(need)
            passwords.append(secret_variable(_PASSWORDS[need], secret=password.secret, key=password.key))
    return passwords


def _secrets(platform: Platform, service: Service) -> list[Manifest]:
    variables = []
    for name in service.secrets:
        secret = platform.catalogue.secrets[name]
        optional = secret.optional and platform.values.secrets.allow_missing
        variables += [secret_variable(key, secret=platform.secret_name(name), key=key, optional=optional) for key in secret.keys]
    return variables


def _url(platform: Platform, name: str, need: str) -> str:
    """The URL of a need, with the password as a reference to the variable that holds it."""
    endpoint = platform.endpoint(need)
    address = f"{endpoint.host}:{endpoint.port}"
    tls = platform.is_external(need) and platform.data_services[need].external.tls
    values = platform.values
    if need == "postgres":
        options = [f"connection_limit={platform.values_of(name).database.pool_size}", values.postgres.url_options]
        options.append("sslmode=require" if tls else "")
        query = "&".join(option for option in options if option)
        return f"postgresql://{values.postgres.user}:$(DB_PASSWORD)@{address}/{values.postgres.database}?{query}"
    if need == "rabbitmq":
        return f"{'amqps' if tls else 'amqp'}://{values.rabbitmq.user}:$(RABBITMQ_PASSWORD)@{address}"
    if need == "redis":
        return f"{'rediss' if tls else 'redis'}://:$(REDIS_PASSWORD)@{address}"
    return f"http://{address}"
