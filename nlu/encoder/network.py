"""The published sentence model (BERT, six layers of 384) as a PyTorch network that can learn on. Needs torch: see README.md here."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu.components.encoder import DIM, HEADS, LAYERS, MAX_TOKENS

WORDS = "embeddings.word_embeddings.weight"
PARTS = {
    "out": "attention.output.dense",
    "norm": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "last": "output.LayerNorm",
}
ATTENTION = ("query", "key", "value")


class Layer(nn.Module):
    """One transformer layer, norms after the sums."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.Linear(DIM, 3 * DIM)
        self.out, self.norm = nn.Linear(DIM, DIM), nn.LayerNorm(DIM, eps=1e-12)
        self.wide, self.narrow = nn.Linear(DIM, 4 * DIM), nn.Linear(4 * DIM, DIM)
        self.last = nn.LayerNorm(DIM, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = x.shape
        query, key, value = (
            part.reshape(batch, length, HEADS, DIM // HEADS).transpose(1, 2) for part in self.attention(x).chunk(3, -1)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.norm(x + self.out(mixed.transpose(1, 2).reshape(batch, length, DIM)))
        return self.last(x + self.narrow(functional.gelu(self.wide(x))))


class Network(nn.Module):
    """ids, mask (batch, tokens) → unit vectors (batch, 384)."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        super().__init__()

        def of(name: str) -> Tensor:
            return torch.tensor(weights[name].copy())

        # Sparse: a batch holds a few hundred of 30,000 words, and the others need no step.
        self.words = nn.Embedding.from_pretrained(of(WORDS), freeze=False, sparse=True)
        self.places = nn.Parameter(of("embeddings.position_embeddings.weight")[:MAX_TOKENS].clone())
        self.kind = nn.Parameter(of("embeddings.token_type_embeddings.weight")[0].clone())
        self.norm = nn.LayerNorm(DIM, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        with torch.no_grad():
            self.norm.weight.copy_(of("embeddings.LayerNorm.weight"))
            self.norm.bias.copy_(of("embeddings.LayerNorm.bias"))
            for number, layer in enumerate(self.layers):
                for kind in ("weight", "bias"):
                    base = f"encoder.layer.{number}"
                    parts = [of(f"{base}.attention.self.{name}.{kind}") for name in ATTENTION]
                    getattr(layer.attention, kind).copy_(torch.cat(parts))
                    for ours, theirs in PARTS.items():
                        getattr(getattr(layer, ours), kind).copy_(of(f"{base}.{theirs}.{kind}"))

    def forward(self, ids: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
        x = self.norm(self.words(ids) + self.places[: ids.shape[1]] + self.kind)
        x = functional.dropout(x, dropout, self.training)
        shut = torch.zeros(mask.shape).masked_fill(mask == 0, -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, shut)
        weights = mask[..., None].float()
        return functional.normalize((x * weights).sum(1) / weights.sum(1).clamp(min=1e-9), dim=-1)

    def published_names(self) -> dict[str, np.ndarray]:
        """The weights under the names that the package's file uses, as `nlu.components.graph` takes them."""
        found = {
            WORDS: self.words.weight,
            "embeddings.position_embeddings.weight": self.places,
            "embeddings.token_type_embeddings.weight": torch.stack([self.kind, self.kind]),
            "embeddings.LayerNorm.weight": self.norm.weight,
            "embeddings.LayerNorm.bias": self.norm.bias,
        }
        for number, layer in enumerate(self.layers):
            base = f"encoder.layer.{number}"
            for kind in ("weight", "bias"):
                for name, part in zip(ATTENTION, getattr(layer.attention, kind).chunk(3), strict=True):
                    found[f"{base}.attention.self.{name}.{kind}"] = part
                for ours, theirs in PARTS.items():
                    found[f"{base}.{theirs}.{kind}"] = getattr(getattr(layer, ours), kind)
        return {name: tensor.detach().numpy().copy() for name, tensor in found.items()}
