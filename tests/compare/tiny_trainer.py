"""Stands in for the trainer: the same flags, files and signals, without TensorFlow.

`--what` says what becomes of the run. "train" writes what a training writes: records at each step,
a checkpoint every fifth one, and the status; it goes on from there with `--resume`.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from avh.atomic import write_json
from avh.train import rundir
from avh.train.status import Status, write_status

STEPS = 20
SAVE_EVERY = 5
STEP_SECONDS = 0.1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--what", default="train")
    parser.add_argument("--train_dir")
    parser.add_argument("--run_name")
    parser.add_argument("--resume")
    parser.add_argument("--no_progress", action="store_true")
    flags = parser.parse_args()
    if flags.what == "train":
        train(flags)
        return
    run = rundir.create(Path(flags.train_dir), flags.run_name)
    write_status(run, Status("running", 3, 9, loss=0.5))
    end_as(flags.what, run)
    write_status(run, Status("finished", 9, 9, loss=0.1, val_loss=0.2, val_accuracy=0.9))


def end_as(what, run):
    if what == "nan":
        write_status(run, Status("failed", 3, 9, error="the loss became nan at step 3"))
        sys.exit(1)
    if what == "crash":
        raise RuntimeError("out of luck")
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if what == "child":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if what in ("wait", "deaf", "child"):
        try:
            write_status(run, Status("running", 4, 9, loss=0.5))
            time.sleep(600)
        except KeyboardInterrupt:
            write_status(run, Status("stopped", 4, 9))
            sys.exit(130)


def train(flags):
    import numpy as np

    from avh.records import events, schema
    from avh.records.event_file import EventFile

    if flags.resume:
        run = Path(flags.resume)
        done = max((int(path.name) for path in (run / "checkpoints").iterdir()), default=0)
        write_json(run / f"resumed_{done}.json", done)
    else:
        run, done = rundir.create(Path(flags.train_dir), flags.run_name), 0
        write_json(run / rundir.CONFIG, {})
        (run / "checkpoints").mkdir()
    layers = (schema.LayerInfo("fc", "Dense", (None, 4), "relu", 4),)
    stats = np.zeros((1, len(schema.STATISTICS)), np.float32)
    hist = np.zeros((1, schema.BINS), np.float32)
    with EventFile(run, first_step=done + 1) as file:
        file.write(done + 1, [events.run_info(schema.RunInfo(layers))])
        for step in range(done + 1, STEPS + 1):
            time.sleep(STEP_SECONDS)
            file.write(step, [events.statistics(stats), events.histograms(hist)])
            if step % SAVE_EVERY == 0:
                write_json(run / "checkpoints" / str(step), step)
            write_status(run, Status("running", step, STEPS, loss=1 / step))
    write_status(run, Status("finished", STEPS, STEPS, val_loss=0.1, val_accuracy=0.9))


if __name__ == "__main__":
    main()
