#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What each departure of "lampo" from the published algorithm is worth: learning curves with one of them taken back at a time, on the same seeds, contexts and demonstrations.
#
#   tests/bench/evidence.sh CLI OUTPUT-FOLDER [DEMONSTRATIONS.npy [SEEDS]]
#
# CLI: lampwork-cli of a release build. DEMONSTRATIONS: the published ones of reach-target (3 context columns); without them the task makes its own. Writes planar.* and reach.*:
# .json with every row and setting, .svg with mean and 95 % interval.
set -euo pipefail
cli=$1 out=$2 demonstrations=${3:-} seeds=${4:-10}
mkdir -p "$out"
reach=(--task reach-target)
[ -z "$demonstrations" ] || reach+=(--demonstrations "reach-target=$demonstrations" --context-dim 3 --basis 20)

# One cure taken back each: the errors of J, what slopes and offsets know, how widely is tried, what is corrected; then the paper's family, mended and as published.
runs=lampo,bold=lampo,flat=lampo,narrow=lampo,mixture=lampo,lampo-paper,published=lampo:published
set=(--set bold:caution=0 --set flat:slopes=0 --set narrow:exploration=1 --set mixture:mean=0)

"$cli" compare "${reach[@]}" --algorithms "$runs" "${set[@]}" --iterations 16 --seeds "$seeds" --output "$out/reach.json" --plot "$out/reach.svg"
"$cli" compare --task reacher-1,reacher-2,reacher-3,reacher-4 --algorithms "$runs" "${set[@]}" --seeds "$seeds" --output "$out/planar.json" --plot "$out/planar.svg"
# The planar reachers again with the published noise on the contexts, three times as wide as their regions.
"$cli" compare --task reacher-1,reacher-2,reacher-3,reacher-4 --context-noise 0.3 --algorithms "$runs" "${set[@]}" --seeds "$seeds" --output "$out/noisy.json" --plot "$out/noisy.svg"
