"""Settings from the environment (`VOCNLP_...`); unknown keys are refused by the commands that set them."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Every setting has a command-line option that overrides it."""

    model_config = SettingsConfigDict(env_prefix="VOCNLP_", extra="forbid")

    model: str = "default"
    models: Path = Path.home() / ".local" / "share" / "vocnlp" / "models"
    device: str = "auto"
    language_detector: str = "builtin"
    locale: str = "en"
    database: str = "sqlite:///vocnlp.db"
