"""The network: MiniLM's six layers, how words are written added at their input, a tag per word and an embedding per text."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import BertConfig, BertModel

from pipeline.tag.ner.pieces import SHAPES
from pipeline.tag.ner.tags import TAGS


class NameTagger(nn.Module):
    """Pieces and shapes in, scores of every tag at every piece and the text's embedding out.

    The embedding is the mean of the last layer through a square map that begins as the identity; training keeps it
    where the untouched encoder puts it, so that topics and "similar articles" can use the same pass.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.shape = nn.Embedding(SHAPES, width)
        nn.init.zeros_(self.shape.weight)
        self.dropout = nn.Dropout(0.1)
        self.tags = nn.Linear(width, len(TAGS))
        self.meaning = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.meaning.weight)

    def forward(self, ids: torch.Tensor, shapes: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Tensors of windows × pieces; tags come as windows × pieces × TAGS, embeddings as windows × width, length 1."""
        words = self.encoder.embeddings.word_embeddings(ids) + self.shape(shapes)
        hidden = self.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        return self.tags(self.dropout(hidden)), nn.functional.normalize(self.meaning(mean), dim=-1)


def original(folder: Path) -> BertModel:
    """The encoder as its package brings it."""
    encoder: BertModel = BertModel.from_pretrained(folder, add_pooling_layer=False)
    return encoder


def student_of(encoder: BertModel, layers: tuple[int, ...]) -> BertModel:
    """A copy with these layers only."""
    config = BertConfig.from_dict(encoder.config.to_dict() | {"num_hidden_layers": len(layers)})
    student = BertModel(config, add_pooling_layer=False)
    student.embeddings.load_state_dict(encoder.embeddings.state_dict())
    for own, other in enumerate(layers):
        student.encoder.layer[own].load_state_dict(encoder.encoder.layer[other].state_dict())
    return student
