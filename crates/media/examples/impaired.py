"""Scores the speech that `impaired` lets through: PESQ (wide band) and STOI, median of some seeds.

usage: impaired.py PROGRAM FOLDER CASE[,CASE...] [SEEDS]

Wants espeak-ng, and of Python: numpy, scipy, soundfile, pesq, pystoi.
"""

import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile as sf
from pesq import pesq
from pystoi import stoi
from scipy.signal import correlate, resample_poly

SENTENCES = [
    "The boy was there when the sun rose.",
    "A rod is used to catch pink salmon.",
    "The source of the huge river is the clear spring.",
    "Kick the ball straight and follow through.",
]
SENT, SCORED = 48_000, 16_000


def speech(folder):
    """Four sentences behind four seconds of silence; returns the file and where each sentence lies."""
    parts, places, at = [np.zeros(4 * SENT)], [], 4.0
    for number, sentence in enumerate(SENTENCES):
        wav = folder / f"sentence{number}.wav"
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", wav, sentence], check=True)
        samples, rate = sf.read(wav)
        samples = resample_poly(samples, SENT, rate)
        samples *= 0.5 / np.abs(samples).max()
        length = len(samples) / SENT
        parts += [samples, np.zeros(int(0.6 * SENT))]
        places.append((at, at + length))
        at += length + 0.6
    reference = folder / "reference.wav"
    sf.write(reference, np.concatenate([*parts, np.zeros(SENT)]), SENT, subtype="PCM_16")
    return reference, places


def load(path):
    samples, rate = sf.read(path)
    return resample_poly(samples, SCORED, rate)


def score(reference, heard, places):
    """Mean scores of the sentences, each aligned by itself, since a jitter buffer stretches time."""
    said, heard = load(reference), load(heard)
    shift = int(np.argmax(correlate(heard, said, method="fft"))) - (len(said) - 1)
    scores, slack = [], int(0.4 * SCORED)
    for begin, end in places:
        begin, end = int((begin - 0.2) * SCORED), int((end + 0.3) * SCORED)
        sentence = said[begin:end]
        window = heard[max(0, begin + shift - slack) : end + shift + slack]
        window = np.pad(window, (0, max(0, len(sentence) - len(window))))
        at = int(np.argmax(correlate(window, sentence, mode="valid", method="fft")))
        aligned = window[at : at + len(sentence)]
        scores.append((pesq(SCORED, sentence, aligned, "wb"), stoi(sentence, aligned, SCORED)))
    return tuple(float(np.mean(kind)) for kind in zip(*scores))


def main():
    program, folder, cases, *seeds = sys.argv[1:]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    reference, places = speech(folder)
    for case in cases.split(","):
        scores = []
        for seed in range(1, int(seeds[0] if seeds else 5) + 1):
            heard = folder / f"{case}-{seed}.wav"
            subprocess.run([program, case, str(seed), reference, heard], check=True)
            scores.append(score(reference, heard, places))
        quality, clarity = (statistics.median(kind) for kind in zip(*scores))
        print(f"{case}: PESQ {quality:.2f}, STOI {clarity:.3f}", flush=True)


main()
