"""The registry: one source = one YAML file, validated on load (config/sources/<country>/<outlet>.yml)."""

from pipeline.sources.config import FeedConfig, SourceConfig
from pipeline.sources.registry import RegisteredSource, load_sources, read_registry

__all__ = ["FeedConfig", "RegisteredSource", "SourceConfig", "load_sources", "read_registry"]
