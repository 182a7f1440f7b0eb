"""Start Rasa the way we want it: `python -m nlu.components.server --model FILE --port N`.

Telemetry off, logs at WARNING before anything is imported, one thread for the numeric libraries, loopback only, no HTTP
API, no CORS. Prints `nlu ready` once it answers. The tokens come from WAYMARK_NLU_TOKEN and WAYMARK_ACTION_TOKEN.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import sys
from pathlib import Path

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "SANIC_ACCESS_LOG": "false",
}
UNUSED = ("jax", "h5py")
"""TensorFlow, which Rasa imports whether used or not, takes these along where it finds them, and does without: 75 MB."""
ROOT = Path(__file__).resolve().parents[2]


def quiet() -> None:
    """Before Rasa is imported: it reads these at import."""
    os.environ.update(QUIET)
    for name in UNUSED:
        sys.modules[name] = None  # type: ignore[assignment]
    import warnings

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    warnings.filterwarnings("ignore")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")


def drop_text_from_logs() -> None:
    """Rasa logs the message when a turn goes wrong; nothing of Rasa's below ERROR is kept, and no arguments of it."""

    class NoText(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if record.name.startswith("waymark"):
                return True
            record.msg, record.args, record.exc_info, record.exc_text = (
                f"{record.levelname} in {record.module}:{record.lineno}",
                (),
                None,
                None,
            )
            return record.levelno >= logging.ERROR

    for handler in logging.getLogger().handlers:
        handler.addFilter(NoText())
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def settle() -> None:
    """What was loaded stays: the collector need not walk it again, and what loading freed goes back to the system."""
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl does not
        if trim is not None:
            trim(0)


async def serve(model: str, port: int, threads: int = 1) -> None:
    """Load the model, open the door, say so, run until told to stop."""
    from rasa.core import run
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    from nlu.components.remote import keep_connections, lean_actions

    lean_actions()
    drop_text_from_logs()
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    channels = run.create_http_input_channels(None, str(ROOT / "credentials.yml"))
    app = run.configure_app(channels, cors=None, enable_api=False, log_file=None)
    app.ctx.agent = await load_agent(model_path=model, endpoints=endpoints)
    keep_connections(app.ctx.agent)
    if not app.ctx.agent.is_ready():
        raise SystemExit("the NLU model could not be loaded: run `waymark train`")
    server = await app.create_server(host="127.0.0.1", port=port, access_log=False, return_asyncio_server=True)
    await server.startup()
    settle()
    print("nlu ready", flush=True)
    await server.serve_forever()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="waymark-nlu")
    parser.add_argument("--model", required=True)
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args(argv)
    quiet()
    sys.path.insert(0, str(ROOT))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(args.model, args.port))


if __name__ == "__main__":
    main()
