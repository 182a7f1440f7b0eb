"""Teach the sentence model our rows and our Spanish: `python -m nlu.encoder.finetune` (README.md here says with what installed).

Learns to name the row of every phrase in `nlu/data` from its vector and the role, by cross-entropy over vectors times `SCALE`, on noisy copies.
With `--parallel` it first draws Spanish sentences of our content to their English twins (`nlu.encoder.parallel`). One phrase in twenty is
kept out (`nlu.components.phrases.kept_out`), so that confidences can be made honest on messages that neither encoder nor classifier
learnt. Never reads a file that judges. Writes `encoder.onnx` (eight bits) and `encoder.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from nlu.components.encoder import CARD, DIM, model_folder, published_weights
from nlu.components.graph import build_onnx
from nlu.components.phrases import Phrase, kept_out, read_folder
from nlu.components.rows import ROLES
from nlu.encoder.network import Network
from nlu.encoder.noise import noise
from nlu.encoder.parallel import pairs
from nlu.text import clean

DATA = CARD.parents[1] / "data"
SCALE = 20.0
LONGEST = 72
"""Tokens of a phrase that are learnt from; longer ones are rare and cost the most."""
LONGEST_SENTENCE = 120
"""Characters of a sentence in both languages."""
NOISY, DROPOUT, SMOOTHING, WARM_UP, HEADS_RATE = 0.6, 0.1, 0.1, 0.06, 2e-3


class Batches:
    """Numbers of phrases in batches of like length, in another order each time round, for ever."""

    def __init__(self, texts: list[str], size: int, chance: random.Random) -> None:
        self._texts, self._size, self._chance = texts, size, chance

    def __iter__(self) -> Iterator[list[int]]:
        while True:
            order = list(range(len(self._texts)))
            self._chance.shuffle(order)
            for start in range(0, len(order), self._size * 40):
                chunk = sorted(order[start : start + self._size * 40], key=lambda number: len(self._texts[number]))
                batches = [chunk[at : at + self._size] for at in range(0, len(chunk), self._size)]
                self._chance.shuffle(batches)
                yield from batches


def tokens(tokenizer: Tokenizer, texts: list[str]) -> tuple[Tensor, Tensor]:
    """ids and mask, (texts, longest of them) int64."""
    found = [entry.ids for entry in tokenizer.encode_batch(texts)]
    longest = max(map(len, found))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in found])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in found])
    return ids, mask


class Descent:
    """The steps of a network and of the heads that learn beside it: the rate climbs over the first few, then falls in a straight line."""

    def __init__(
        self, network: Network, total: int, rate: float, least: float, heads: Sequence[nn.Parameter] = ()
    ) -> None:
        self._dense = [part for name, part in network.named_parameters() if not name.startswith("words.")]
        groups = [{"params": self._dense, "lr": rate}, *([{"params": list(heads), "lr": HEADS_RATE}] if heads else [])]
        self._optimizers: list[Optimizer] = [
            torch.optim.AdamW(groups, weight_decay=0.01),
            torch.optim.SparseAdam([network.words.weight], lr=rate * 2),
        ]
        self._rates = [(group, group["lr"]) for one in self._optimizers for group in one.param_groups]
        self._total, self._least, self._number, self._sum, self._started = total, least, 0, 0.0, time.monotonic()

    def step(self, loss: Tensor) -> None:
        """One step down. Says every hundred steps how far it has come."""
        self._number += 1
        share = min(1.0, self._number / (self._total * WARM_UP + 1)) * max(self._least, 1 - self._number / self._total)
        for group, full in self._rates:
            group["lr"] = full * share
        for one in self._optimizers:
            one.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._dense, 1.0)
        for one in self._optimizers:
            one.step()
        self._sum += loss.item()
        if self._number % 100 == 0:
            seconds = time.monotonic() - self._started
            print(f"{self._number}/{self._total} loss {self._sum / 100:.3f} {seconds:.0f} s", flush=True)
            self._sum = 0.0


def distil(
    network: Network,
    tokenizer: Tokenizer,
    found: list[tuple[str, str]],
    epochs: float,
    size: int,
    rate: float,
    seed: int,
) -> None:
    """Draws Spanish to English as the network has it at the start. Changes it in place."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    network.eval()
    with torch.no_grad():
        aims = torch.cat(
            [network(*tokens(tokenizer, [en for en, _ in found[at : at + 64]])) for at in range(0, len(found), 64)]
        )
    total = int(epochs * len(found) / size)
    descent = Descent(network, total, rate, least=0.05)
    network.train()
    for batch in islice(Batches([es for _, es in found], size, chance), total):
        texts = [_typed(*found[at], chance) for at in batch]
        descent.step((1 - (network(*tokens(tokenizer, texts), DROPOUT / 2) * aims[batch]).sum(1)).mean())


def likeness(network: Network, tokenizer: Tokenizer, found: list[tuple[str, str]], aims: Tensor) -> str:
    """How far Spanish sentences are from what the published model made of their twins (`aims`), and how often the twin is the nearest."""
    network.eval()
    with torch.no_grad():
        like = torch.cat([network(*tokens(tokenizer, [es])) for _, es in found]) @ aims.T
    nearest = (like.argmax(1) == torch.arange(len(found))).float().mean().item()
    return f"distance {1 - like.diagonal().mean().item():.3f}, twin nearest {nearest:.3f}"


def _typed(english: str, spanish: str, chance: random.Random) -> str:
    """English now and then, so that it stays where it is; Spanish as thumbs type it, every other time."""
    if chance.random() < 0.3:
        return english
    return noise(spanish, chance) if chance.random() < 0.5 else spanish


def teach_spanish(network: Network, tokenizer: Tokenizer, epochs: float, size: int, rate: float, seed: int) -> None:
    """`distil` over the sentences of our content; says before and after how near those are that it keeps out."""
    sentences = [pair for pair in pairs() if max(map(len, pair)) <= LONGEST_SENTENCE]
    unseen = [pair for pair in sentences if kept_out(pair[0])]
    network.eval()
    with torch.no_grad():
        aims = torch.cat([network(*tokens(tokenizer, [en])) for en, _ in unseen])
    print(f"{len(unseen)} unseen sentences: {likeness(network, tokenizer, unseen, aims)}", flush=True)
    learnt = [pair for pair in sentences if not kept_out(pair[0])]
    distil(network, tokenizer, learnt, epochs, size, rate, seed)
    print(f"after: {likeness(network, tokenizer, unseen, aims)}", flush=True)


def learn(
    network: Network, tokenizer: Tokenizer, phrases: list[Phrase], epochs: float, size: int, rate: float, seed: int
) -> None:
    """`epochs` over the phrases; changes the network in place."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    texts, rows = [clean(phrase.text) for phrase in phrases], sorted({phrase.intent for phrase in phrases})
    truth = torch.tensor([rows.index(phrase.intent) for phrase in phrases])
    roles = torch.tensor([ROLES.index(phrase.role_seen) for phrase in phrases])
    counts = torch.bincount(truth, minlength=len(rows)).float()
    weights = (counts.mean() / counts).sqrt()
    head, by_role = nn.Linear(DIM, len(rows)), nn.Embedding(len(ROLES), len(rows))
    nn.init.normal_(head.weight, std=0.05)
    nn.init.zeros_(by_role.weight)
    total = int(epochs * len(phrases) / size)
    descent = Descent(network, total, rate, least=0.02, heads=[*head.parameters(), *by_role.parameters()])
    network.train()
    for batch in islice(Batches(texts, size, chance), total):
        typed = [noise(texts[at], chance) if chance.random() < NOISY else texts[at] for at in batch]
        vectors = functional.dropout(network(*tokens(tokenizer, typed), DROPOUT), DROPOUT)
        scores = head(vectors * SCALE) + by_role(roles[batch])
        descent.step(functional.cross_entropy(scores, truth[batch], weight=weights, label_smoothing=SMOOTHING))


def data_hash(phrases: list[Phrase]) -> str:
    """Of what was learnt from, whatever files it stood in."""
    lines = sorted(f"{p.intent}\t{p.role_seen}\t{clean(p.text)}" for p in phrases)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write(network: Network, target: Path, about: dict[str, object]) -> None:
    """The graph, then the card with its hash."""
    build_onnx(target, network.published_names(), small_words=True)
    card = {"file": target.name, "sha256": hashlib.sha256(target.read_bytes()).hexdigest(), **about}
    target.with_name(CARD.name).write_text(json.dumps(card, indent=2) + "\n", "utf-8")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="finetune")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=CARD.parent / "encoder.onnx")
    parser.add_argument("--epochs", type=float, default=2.5)
    parser.add_argument("--parallel", type=float, default=0.0, help="epochs over sentences in both languages before")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=1.8e-4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    phrases = [phrase for phrase in read_folder(args.data) if not kept_out(phrase.text)]
    print(f"{len(phrases)} phrases", flush=True)
    torch.manual_seed(args.seed)
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.no_padding()
    network = Network(published_weights())
    if args.parallel:
        teach_spanish(network, tokenizer, args.parallel, args.batch, args.rate, args.seed)
    learn(network, tokenizer, phrases, args.epochs, args.batch, args.rate, args.seed)
    network.eval()
    settings = {
        "parallel": args.parallel,
        "epochs": args.epochs,
        "batch": args.batch,
        "rate": args.rate,
        "seed": args.seed,
    }
    write(network, args.out, {"phrases": len(phrases), "data_sha256": data_hash(phrases), **settings})


if __name__ == "__main__":
    main()
