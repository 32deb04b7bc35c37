"""Where the model lies that MM_NER_MODEL names: a folder, or a repository of the Hugging Face hub, fetched once."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.tag.ner.model import SHIPPED

_WANTED = [
    "*.json",
    "model.onnx",
    "model_quantized.onnx",
    "onnx/model.onnx",
    "onnx/model_quantized.onnx",
    "*.onnx_data",
]


def folder_of(name: str, cache: Path) -> Path:
    """The folder of a model: the shipped one for "", else a local folder, else `owner/name[@revision]` on the hub.

    What the hub gives is kept in `cache` and asked for once; remove it there to fetch anew. ConfigError if there is no
    such folder and the hub cannot be asked.
    """
    if not name:
        return SHIPPED
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if not re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", name):
        raise ConfigError(f"MM_NER_MODEL: there is no folder {name}, and it is no name of the hub (owner/name) either.")
    return _fetched(name, cache)


def _fetched(name: str, cache: Path) -> Path:
    from huggingface_hub import snapshot_download  # seconds to import, and seldom wanted
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    for here in (True, False):  # what is here stays in force: a model that moves must not change a night half-way
        try:
            return Path(
                snapshot_download(
                    repository,
                    revision=revision or None,
                    cache_dir=cache,
                    allow_patterns=_WANTED,
                    local_files_only=here,
                )
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            problem = error
    raise ConfigError(
        f"MM_NER_MODEL: {name} could not be fetched from the Hugging Face hub ({type(problem).__name__}), and it is "
        "not in the cache. Let this machine reach the hub once, or copy the model's folder here and give its path."
    ) from problem
