"""What the router takes from the environment; the rest stands in `router.yaml`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from chassis.settings import PREFIX


class RouterSettings(BaseSettings):
    """What holds where `router.yaml` does not say otherwise. Read by `chassis.settings.load`."""

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
