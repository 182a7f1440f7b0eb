"""Train the Rasa model: `python -m nlu.components.training --out FOLDER --name NAME`. Prints one line a step."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path

from nlu.components.server import ROOT, quiet


def train(out: Path, name: str, encoder: Path, config: Path = ROOT / "config.yml") -> Path:
    """Train from `nlu/`, `domain.yml` and `config`; returns the model file. Raises SystemExit with what to do."""
    started = time.monotonic()
    gc.disable()  # millions of small objects that all stay: looking through them again and again took a tenth of the time
    if not encoder.exists():
        from nlu.components.graph import build_onnx

        print("building the sentence encoder", flush=True)
        build_onnx(encoder)
    os.environ["WAYMARK_ENCODER_FILE"] = str(encoder)
    os.environ["RASA_MAX_CACHE_SIZE"] = (
        "0"  # the model is keyed by our own hash; a second cache would only fill the disk
    )
    print("loading Rasa", flush=True)
    from rasa.model_training import train as rasa_train

    print(f"training ({time.monotonic() - started:.0f} s so far)", flush=True)
    result = rasa_train(
        domain=str(ROOT / "domain.yml"),
        config=str(config),
        training_files=[str(ROOT / "nlu" / "rules")],
        output=str(out),
        force_training=True,
        fixed_model_name=name,
    )
    if result.code or not result.model:
        raise SystemExit("training failed: run `waymark check`, it says which file is wrong")
    print(f"trained in {time.monotonic() - started:.0f} s", flush=True)
    return Path(result.model)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="waymark-train")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument(
        "--encoder", type=Path, required=True, help="an .onnx file; the package's is built where there is none"
    )
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml")
    args = parser.parse_args(argv)
    quiet()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "2"
    sys.path.insert(0, str(ROOT))
    train(args.out, args.name, args.encoder, args.config)


if __name__ == "__main__":
    main()
