"""Every setting of the product, typed, each with why it has its value.

Read from the environment (`MM_…`) and from `.env` beside the project. docs/settings.md is generated from here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline import __version__

PLACEHOLDER_CONTACT = "https://example.org/media-monitor; media-monitor@example.org"
"""The contact of an operator who has not given one: nobody is reached there."""

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: dags/, sql/ and config/ lie here."""


def _listed(value: object) -> object:
    """`80, 443` from the environment, as a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _opt_out(value: object) -> object:
    """The setting was true or false once."""
    return {"true": "robots", "1": "robots", "false": "off", "0": "off"}.get(str(value).lower(), value)


class Settings(BaseSettings):
    """All settings. Frozen: a run sees one set of values from start to end."""

    model_config = SettingsConfigDict(env_prefix="MM_", env_file=ROOT / ".env", frozen=True, extra="ignore")

    home: Path = Field(
        ROOT / ".mm",
        description="Where this machine keeps state: warehouse, landing zone, logs, secrets. One folder, so `make reset` can remove it.",
    )
    warehouse_url: SecretStr | None = Field(
        None,
        description="postgresql://owner:…@host/db of a Postgres server. Empty means the embedded one under MM_HOME.",
    )
    landing_url: str = Field(
        "", description="Landing zone as a URI (file://… or s3://bucket/prefix). Empty means MM_HOME/landing."
    )
    sources: str = Field(
        "",
        description="Folder with one YAML per source. Empty means the demo newsroom's, so that a first run needs no network.",
    )

    ui_host: str = Field(
        "127.0.0.1", description="Address the Airflow UI listens on. Only this machine, until you choose otherwise."
    )
    ui_port: int = Field(8080, description="Airflow UI on 127.0.0.1. 8080 is Airflow's own default.")
    demo_port: int = Field(
        8790,
        description="The demo newsroom on 127.0.0.1; in its articles' addresses, so change it before the first run rather than after.",
    )
    airflow_parallelism: int = Field(
        5,
        ge=1,
        le=64,
        description="Tasks at once on this machine. Two per core of a small machine, since half of a night waits for the network, and one for the discover job, so that feeds are polled while a night fetches.",
    )
    nightly_cron: str = Field(
        "0 2 * * *",
        description="When the nightly starts, UTC. 02:00: most newsrooms have closed the day, and Europe is not up yet.",
    )

    contact: str = Field(
        PLACEHOLDER_CONTACT,
        description="A page or e-mail address of yours, sent to publishers with every request. Set it before you collect from the real web: a contact is what keeps one from being blocked.",
    )
    user_agent: str = Field(
        "",
        description="What publishers see. Empty means MediaMonitor/<version> (+<contact>); the name before the slash is the one that robots.txt rules for us use.",
    )
    fetch_concurrency: int = Field(
        32,
        ge=1,
        le=512,
        description="Connections open at once per fetch task, over all hosts. 32 keeps a core busy on pages of 180 kB.",
    )
    host_delay_s: float = Field(
        1.0,
        ge=0,
        description="Pause between two requests to one host, in seconds; a source's YAML or robots.txt may ask for more. One per second is what publishers' robots.txt ask for most often.",
    )
    host_budget: int = Field(
        500,
        ge=1,
        description="Requests to one host per run; what is over is carried to the next run. A large outlet publishes 200 to 400 articles a day.",
    )
    connect_timeout_s: float = Field(
        10.0, gt=0, description="For DNS, TCP and TLS together. Slower hosts are down more often than slow."
    )
    read_timeout_s: float = Field(20.0, gt=0, description="Longest silence while reading a body.")
    total_timeout_s: float = Field(
        60.0, gt=0, description="One request from start to end, so that a slow drip cannot hold a slot."
    )
    min_bytes_per_s: float = Field(
        200.0,
        ge=0,
        description="A body that has come slower than this over all its first ten seconds is a slow drip. A page of 20 kB over a bad line takes 10 s at ten times this rate.",
    )
    host_wait_s: float = Field(
        100.0,
        ge=0,
        description="How long a host that another worker asks is waited for; then its URLs are carried, its feeds polled later. Longer than the 90 s that a killed worker may block a host.",
    )
    idle_connections: int = Field(
        512,
        ge=0,
        description="Open connections kept for the next request to their host, per fetch task, for 15 s; at most half of the files a process may open. Beyond it, hosts are asked with a new connection each time.",
    )
    dns_servers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (),
        description="Name servers for collecting, like 9.9.9.9, 127.0.0.1:5353. Empty means the system's resolver, which also knows names of this machine's network.",
    )
    allowed_ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (80, 443, 8080, 8443),
        description="Ports that addresses may name; those of a source with allow_loopback are free. Others hardly serve news, and may be a mail server or a database that takes a request for a command.",
    )
    max_page_bytes: int = Field(
        10_000_000,
        gt=0,
        description="Pages over this are skipped. The largest of 574 real article pages measured has 2.9 MB.",
    )
    max_feed_bytes: int = Field(
        60_000_000,
        gt=0,
        description="Feeds and sitemaps over this are refused; the sitemap protocol allows 50 MB unpacked.",
    )
    max_redirects: int = Field(
        5,
        ge=0,
        description="Redirects followed per request; browsers stop at 20, honest publishers need 1 to 3.",
    )
    max_attempts: int = Field(
        5,
        ge=1,
        description="Runs in which an entry may fail for a passing reason before it ends as failed, runs by hand included. Five nightlies outlast most outages.",
    )
    fetch_retries: int = Field(
        2,
        ge=0,
        description="Repeats of one request inside a run, for reasons that pass (timeout, 5xx, reset). More annoys hosts that are down.",
    )
    retry_pause_s: float = Field(
        1.0,
        ge=0,
        description="Pause before the first repeat of a failed request, doubled for each further one. A second is what a restarting server needs at least.",
    )
    respect_tdm_opt_out: Annotated[Literal["off", "robots", "tdm", "all"], BeforeValidator(_opt_out)] = Field(
        "tdm",
        description="How far opt-outs from text and data mining count: off (only robots.txt rules for us or for everyone, which always hold), robots (also rules for other media-monitoring crawlers), tdm (also the TDMRep header or meta element tdm-reservation: 1), all (also rules for AI crawlers and noai). tdm, because such a reservation is meant for what we do; rules for AI crawlers are not.",
    )
    recheck_budget: int = Field(
        2_000,
        ge=0,
        description="Known URLs looked at again per run, on top of new ones; a bound so that re-checks never crowd out news.",
    )
    entry_max_age_d: int = Field(
        14,
        ge=1,
        description="Feed and sitemap items whose own date is older than this many days are not collected: a sitemap may list a whole archive.",
    )

    feed_audit_every: int = Field(
        10,
        ge=0,
        description='Of this many polls answered with "not modified", one asks for the whole feed, to catch caches that say so although it changed. After 12 hours sooner. 0: never. One in ten costs little and bounds the loss.',
    )
    sitemaps_per_poll: int = Field(
        20,
        ge=1,
        description="Child sitemaps read per poll of a sitemap index; the changed and the longest unread first, so that all get their turn. Large archives have thousands.",
    )

    batch_size: int = Field(
        100,
        ge=1,
        description="Pages per clean, tag and load task: a few seconds of work, so that a killed task costs little.",
    )
    shards: int = Field(
        4,
        ge=1,
        le=64,
        description="Fetch tasks per run; a host is in exactly one shard, so that shards seldom wait for each other.",
    )
    page_timeout_s: float = Field(
        5.0, gt=0, description="Cleaning one page. The slowest of 574 real pages takes 1.8 s on a busy machine."
    )
    page_memory_mb: int = Field(
        300,
        ge=150,
        description="Address space a cleaning worker may grow by; over it the page is quarantined, not the batch lost. All of 574 real pages fit into 150, one after the other in one worker; the 40 largest into 90.",
    )

    work_files_keep_d: int = Field(
        14,
        ge=1,
        description="Days that stage files of a run are kept after its end, to look into. The archive and reports are never removed by this.",
    )
    archive_keep_d: int = Field(
        0,
        ge=0,
        description="Days that archive files are kept; 0 keeps them for ever. Without its bytes a page cannot be read again by better code, nor a night be done again, so only law or a full disk should shorten it. A source's YAML may say otherwise.",
    )
    poll_keep_d: int = Field(
        90,
        ge=31,
        description="Days that each poll has its own row; older ones are kept as sums by feed and day. A season is as far back as one looks for a single poll; a feed of 10 minutes makes 50,000 a year.",
    )
    database_wait_s: float = Field(
        90.0,
        gt=0,
        description="How long a task waits for a database that is away before it fails as Retryable. A Postgres restart takes 1 to 30 s.",
    )
    marts_timeout_s: float = Field(
        3_600.0,
        gt=0,
        description="Longest build of the marts, waiting for another run's build included. A night of 10,000 articles takes well under a minute.",
    )
    ner_model: str = Field(
        "",
        description="Another model that finds names: a local folder, or owner/name[@revision] on the Hugging Face hub, with any token-classification model in ONNX (model.onnx, tokenizer.json, config.json). Empty means the one that comes with the project, which needs no download.",
    )
    statement_timeout_s: int = Field(
        60,
        ge=1,
        description="Default for the analyst role, so that a runaway query cannot hold the warehouse.",
    )

    @model_validator(mode="after")
    def _names_itself(self) -> Self:
        if not self.user_agent.strip():
            object.__setattr__(self, "user_agent", f"MediaMonitor/{__version__} (+{self.contact})")
        return self

    @property
    def contact_advice(self) -> str | None:
        """What to tell a person who is about to ask real publishers without saying who they are; None if they do."""
        if "example.org" not in self.user_agent:
            return None
        return (
            "Publishers cannot reach you: requests carry the contact of nobody. Set MM_CONTACT to a page or e-mail "
            "address of yours; crawlers without one are the first to be blocked."
        )

    @property
    def landing(self) -> str:
        """The landing zone's URI, always absolute."""
        return self.landing_url or (self.home.resolve() / "landing").as_uri()

    @property
    def sources_dir(self) -> Path:
        """The folder of source files in force."""
        return Path(self.sources) if self.sources else self.home / "demo" / "sources"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
