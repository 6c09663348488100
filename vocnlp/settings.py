"""Settings from the environment (`VOCNLP_...`); unknown keys are refused by the commands that set them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """What each means, and the option that overrides it: docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="VOCNLP_", extra="forbid")

    model: str = "default"
    models: Path = Path.home() / ".local" / "share" / "vocnlp" / "models"
    device: str = "auto"
    language_detector: str = "builtin"
    locale: str = "en"
    namer_key: str = ""
    database: str = "sqlite:///vocnlp.db"

    host: str = "127.0.0.1"
    port: int = 8000
    alerts: Path | None = None
    rate_limit: str = "600/minute"
    max_body_bytes: int = 16 * 2**20
    request_seconds: float = 30.0
    batch_tokens: int = 2_500
    queue_seconds: float = 2.0
    causes_comments: int = 50_000
    shadow_model: str | None = None
    shadow_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    score_days: float = 14.0
    retention_days: float | None = None
    raw_text_keys: SecretStr | None = None
    jobs: Path = Path("vocnlp-jobs")
    inputs: Path | None = None
    worker: bool = True
    max_upload_bytes: int = 2**30
    job_days: float = 30.0
    webhook_allow: str = ""
    webhook_seconds: float = 5.0
    webhook_hours: float = 24.0
