"""A service's configuration: environment → values, every fault told at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "MT_"

# Kept out of `repr`, so that no log line can show it.
Secret = Annotated[str, Field(min_length=32, repr=False)]
Url = Annotated[str, Field(pattern=r"^[a-z0-9+]+://\S+$", repr=False)]

AnySettings = TypeVar("AnySettings", bound=BaseSettings)


class SettingsInvalid(Exception):
    """The configuration lacks or misstates variables.

    Attributes:
        faults: one line per variable: its name, what is wrong with it, what it is for.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("Configuration is not usable:\n  " + "\n  ".join(faults))
        self.faults = faults


class ProcessSettings(BaseSettings):
    """What every process of ours is told, whatever it serves.

    Built by `load`; a constructor call takes only what it is given, never the environment.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    traces: str = Field(
        "off",
        pattern=r"^(off|zipkin:https?://\S+|file:.+)$",
        description="where traces go: off, zipkin:URL or file:PATH",
    )
    log_level: str = Field(
        "info",
        pattern=r"^(debug|info|warning|error)$",
        description="least level logged: debug, info, warning or error",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: `load` reads the environment, once and in one place."""
        return (init_settings,)


class ServiceSettings(ProcessSettings):
    """What every service is told; a service adds its own in a subclass."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(ge=0, le=65535, description="TCP port to listen on; 0 takes a free one")
    nats_url: Url = Field(description="where events go: nats://user:password@host:port")
    router_secret: Secret = Field(
        description="key of the router's signed claims header, 32 characters or more"
    )
    cursor_secret: Secret = Field(description="key of page cursors, 32 characters or more")


def load(settings_type: type[AnySettings], environ: Mapping[str, str] | None = None) -> AnySettings:
    """Read `MT_*` variables into `settings_type`.

    Args:
        settings_type: a `ProcessSettings` or a subclass.
        environ: taken for the process's environment when given.

    Raises:
        SettingsInvalid: names every missing or invalid variable; shows no value, since some
            are secrets.
    """
    source = EnvSettingsSource(settings_type)
    given = os.environ if environ is None else environ
    source.env_vars = {name.lower(): value for name, value in given.items()}
    try:
        return settings_type(**source())
    except ValidationError as error:
        raise SettingsInvalid(_faults(settings_type, error)) from None


def _faults(settings_type: type[BaseSettings], error: ValidationError) -> list[str]:
    fields = settings_type.model_fields
    lines: list[str] = []
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(fault["loc"][0]) if fault["loc"] else ""
        purpose = fields[name].description if name in fields else None
        wrong = "is missing" if fault["type"] == "missing" else f"is not valid: {fault['msg']}"
        lines.append(f"{PREFIX}{name.upper()} {wrong}" + (f" ({purpose})" if purpose else ""))
    return lines
