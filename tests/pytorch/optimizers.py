"""The client's optimizers beside PyTorch: writes, and checks, the golden numbers that `npm test` compares with.

    python tests/pytorch/optimizers.py           the committed goldens are what PyTorch gives here
    python tests/pytorch/optimizers.py --write   write them anew

Needs torch and numpy. Everything is computed here from the published descriptions, in float64 except where
torch.optim.AdamW itself is the reference; nothing of the client is run.

DisTrO is DeMo (arXiv 2411.19870; bloc97/DeMo's demo.py for what the paper leaves open), with what the client does
differently on purpose, see client/src/training/optimizer/distro.ts:
  * members' coefficients are summed, not averaged over those that sent a position (printed: how many signs that changes);
  * gradients enter the momentum unscaled, as in the paper. The reference code multiplies by the learning rate: with a
    constant rate, as here, the same positions and signs (asserted).
With both as the reference has them (`scaled`, `average`), `distro` gave the very parameters of demo.py (commit 0e48145) run by
two processes on these gradients in float64.
The client's inverse transform is one of integers. Where the exact image is so near zero that the integer table's rounding
could turn its sign, the golden file marks the parameter as `near` and the comparison leaves it out.

SparseLoCo is arXiv 2508.15706, algorithm 1, with torch.optim.AdamW as the inner optimizer. The paper leaves the form of the
2-bit values open; `two_bits` is the client's.
"""

import argparse
import base64
import json
import math
import pathlib
import sys

import numpy as np
import torch

from chunks import basis, dct, from_chunks, inverse_dct, scatter, to_chunks, top

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "optimizers.json"
TENSORS = [("a", [64, 64]), ("b", [20, 30]), ("c", [2, 130]), ("d", [96])]
SIZE = sum(math.prod(shape) for _, shape in TENSORS)
WORKERS = 2
STEPS = 3


def numbers(seed: int, count: int) -> np.ndarray:
    """The client's test numbers in [-1, 1) (client/src/training/testing.ts), as doubles."""
    state = (seed * 2654435761 + 12345) % 2**32
    values = np.empty(count)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values[i] = state / 2**32 * 2 - 1
    return values


def initial() -> torch.Tensor:
    return torch.from_numpy((numbers(9, SIZE) * 0.02).astype(np.float32))


def gradient(seed: int) -> torch.Tensor:
    """A gradient whose numbers differ in size, as real ones do: a few large, most small."""
    u = numbers(seed, SIZE)
    return torch.from_numpy((u * u * u * 0.1).astype(np.float32))


def split(flat: torch.Tensor) -> list[torch.Tensor]:
    parts, at = [], 0
    for _, shape in TENSORS:
        parts.append(flat[at : at + math.prod(shape)].reshape(shape))
        at += math.prod(shape)
    return parts


def flat(tensors: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([t.detach().flatten() for t in tensors])


def ints(x: torch.Tensor) -> list[int]:
    return [int(v) for v in x]


def floats(x: torch.Tensor) -> str:
    """float32, little-endian, in base64."""
    return base64.b64encode(x.detach().numpy().astype("<f4").tobytes()).decode()


# ---------------------------------------------------------------------------------------------------------- DisTrO

DISTRO = {"compressionDecay": 0.9, "compressionTopk": 8, "compressionChunk": 64, "weightDecay": 0.1, "learningRate": 0.004}
VALUE_ERROR = 2.0**-15


def image_error(spectra: torch.Tensor, one_bit: bool) -> torch.Tensor:
    """
    A bound, per place, on how far the client's inverse can be from the exact one: its tables are rounded to 1/1024 (a side
    of length 1 is none), its values to 16 bits.
    """
    tables = [basis(n) for n in spectra.shape[1:]]
    down, across = (t.abs() for t in tables)
    off_down, off_across = (torch.zeros_like(t) if len(t) == 1 else (torch.round(t * 1024) / 1024 - t).abs() for t in tables)
    c = spectra.abs()
    error = down.T @ c @ off_across + off_down.T @ c @ across + off_down.T @ c @ off_across
    return error + (0.0 if one_bit else VALUE_ERROR) * (down.T @ c @ across) + 1e-12


def distro(one_bit: bool, scaled: bool = False, average: bool = False) -> dict:
    """Three steps of two members. `scaled`, `average`: as the reference code has it, for comparison."""
    s = DISTRO
    lr = s["learningRate"]
    parameters = split(initial().double())
    residuals = [[torch.zeros_like(to_chunks(p, 64)) for p in parameters] for _ in range(WORKERS)]
    near = [torch.zeros(p.shape, dtype=torch.bool) for p in parameters]
    result = {"positions": [], "values": [], "gap": 1.0, "spectrum": [], "signs": []}
    for step in range(STEPS):
        gradients = [split(gradient(100 + 10 * step + w).double()) for w in range(WORKERS)]
        positions, sent = [[] for _ in range(WORKERS)], [[] for _ in range(WORKERS)]
        for t, p in enumerate(parameters):
            total = torch.zeros_like(residuals[0][t])
            count = torch.zeros_like(total)
            for w in range(WORKERS):
                # Decay, add, transform: the transform is linear, so a residual kept as spectra is the published one.
                update = dct(to_chunks(gradients[w][t], s["compressionChunk"])) * (lr if scaled else 1)
                residuals[w][t] = residuals[w][t] * s["compressionDecay"] + update
                if step == 0 and w == 0:
                    result["spectrum"].append(update.flatten())
                index, values, gap = top(residuals[w][t], s["compressionTopk"])
                result["gap"] = min(result["gap"], gap)
                # The transmitted part leaves the residual, whatever the others send.
                residuals[w][t] -= scatter(index, values, total)
                positions[w].append(index.flatten())
                sent[w].append(values.flatten())
                received = values.sign() if one_bit else values
                total += scatter(index, received, total)
                count += scatter(index, torch.ones_like(values), total)
            if average:
                total = torch.where(count > 0, total / count.clamp(min=1), total)
            image = inverse_dct(total)
            sign = from_chunks(image.sign(), list(p.shape))
            near[t] |= from_chunks(image.abs() <= image_error(total, one_bit), list(p.shape))
            parameters[t] = p * (1 - lr * s["weightDecay"]) - lr * sign
            result["signs"].append(sign.flatten())
        result["positions"].append([torch.cat(x) for x in positions])
        result["values"].append([torch.cat(x) for x in sent])
    result["parameters"] = torch.cat([p.flatten() for p in parameters])
    result["residual"] = torch.cat([r.flatten() for r in residuals[0]])
    result["near"] = torch.cat([n.flatten() for n in near])
    result["spectrum"] = torch.cat(result["spectrum"])
    result["signs"] = torch.cat(result["signs"])
    return result


def distro_golden(one_bit: bool) -> dict:
    run = distro(one_bit)
    scaled, averaged = distro(one_bit, scaled=True), distro(one_bit, average=True)
    assert all(torch.equal(a, b) for x, y in zip(run["positions"], scaled["positions"]) for a, b in zip(x, y))
    share = float((run["signs"] != averaged["signs"]).double().mean())
    name = "signs" if one_bit else "values"
    print(f"distro, {name}: nearest tie {run['gap']:.1e}, {float(run['near'].double().mean()):.2%} of the images near zero, "
          f"{share:.2%} of the signs differ where contributions are averaged over their senders")
    assert run["gap"] > 1e-5, "a tie is too near: change a seed"
    return {
        "settings": {**DISTRO, "quantize1Bit": one_bit},
        "positions": [[ints(x) for x in step] for step in run["positions"]],
        "values": [[floats(x) for x in step] for step in run["values"]],
        "spectrum": floats(run["spectrum"][::7]),
        "residual": floats(run["residual"][::7]),
        "parameters": floats(run["parameters"][::3]),
        "near": base64.b64encode(np.packbits(run["near"][::3].numpy(), bitorder="little").tobytes()).decode(),
    }


# ----------------------------------------------------------------------------------------------------------- AdamW

ADAMW = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1}
BLOCK = 16


def warm_up_linear(now: int, warmup: int, total: int, base: float) -> float:
    """The schedule `linear` down to 0."""
    return base * (now + 1) / warmup if now < warmup else base * (total - now) / (total - warmup)


def torch_adamw(parameters: list[torch.Tensor]) -> torch.optim.AdamW:
    groups = [{"params": [p for p in parameters if p.dim() > 1], "weight_decay": ADAMW["weightDecay"]},
              {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(ADAMW["beta1"], ADAMW["beta2"]), eps=ADAMW["epsilon"], foreach=False)


def adamw_step(optimizer: torch.optim.AdamW, parameters: list[torch.Tensor], grads: list[torch.Tensor], lr: float) -> None:
    for p, g in zip(parameters, grads):
        p.grad = g.clone()
    for group in optimizer.param_groups:
        group["lr"] = lr
    optimizer.step()


def sixteen_bits(x: torch.Tensor) -> torch.Tensor:
    """Each 16×16 block rounded to multiples of its power of two, the least with which its largest fits 15 bits."""
    chunks = to_chunks(x.double(), BLOCK)
    largest = chunks.abs().amax(dim=(1, 2), keepdim=True)
    exponent = torch.floor(torch.log2(largest)) - 14
    exponent = torch.where(torch.floor(largest / 2**exponent + 0.5) > 32767, exponent + 1, exponent)
    return from_chunks(torch.floor(chunks / 2**exponent + 0.5) * 2**exponent, list(x.shape))


def adamw(quantized: bool) -> tuple[list[torch.Tensor], torch.optim.AdamW]:
    parameters = [p.clone() for p in split(initial())]
    optimizer = torch_adamw(parameters)
    for step in range(STEPS):
        gradients = [split(gradient(200 + 10 * step + w)) for w in range(WORKERS)]
        sent = [[sixteen_bits(g) if quantized else g.double() for g in each] for each in gradients]
        mean = [((x + y) / WORKERS).float() for x, y in zip(*sent)]
        adamw_step(optimizer, parameters, mean, warm_up_linear(step, 2, 10, 0.001))
    return parameters, optimizer


def adamw_golden() -> dict:
    parameters, optimizer = adamw(True)
    exact, _ = adamw(False)
    apart = (flat(parameters) - flat(exact)).abs()
    print(f"adamw: 16 bits move a parameter by {float(apart.mean()):.1e} (mean) to {float(apart.max()):.1e} (most) otherwise than exact gradients, "
          f"which move it by {float((flat(exact) - initial()).abs().mean()):.1e}")
    state = [optimizer.state[p] for p in parameters]
    return {
        "settings": {**ADAMW, "baseLearningRate": 0.001, "warmupSteps": 2, "totalSteps": 10},
        "parameters": floats(flat(parameters)[::3]),
        "m": floats(flat([s["exp_avg"] for s in state])[::7]),
        "v": floats(flat([s["exp_avg_sq"] for s in state])[::7]),
        "exactGradients": floats(flat(exact)[::7]),
    }


# ------------------------------------------------------------------------------------------------------ SparseLoCo

SPARSE_LOCO = {**ADAMW, "localSteps": 3, "outerLearningRate": 0.8, "errorDecay": 0.95, "compressionTopk": 40, "compressionChunk": 64}
INNER = {"baseLearningRate": 0.002, "warmupSteps": 2, "totalSteps": 10}


def two_bits(values: torch.Tensor) -> tuple[torch.Tensor, float]:
    """
    The client's 2-bit values of chunks [chunks, k]: -3, -1, 1 or 3 times the power of two, of four candidates from the
    largest's down, that leaves the least squared error. Also how near the nearest other choice was, relative.
    """
    top_exponent = torch.floor(torch.log2(values.abs().amax(dim=1, keepdim=True)))
    candidates, errors = [], []
    for below in (3, 2, 1, 0):
        unit = 2.0 ** (top_exponent - below)
        level = torch.where(values.abs() < 2 * unit, 1.0, 3.0)
        candidates.append(torch.where(values < 0, -level, level) * unit)
        errors.append((values.abs() - level * unit).square().sum(dim=1))
    stacked = torch.stack(errors)
    best = stacked.argmin(dim=0)
    result = torch.stack(candidates)[best, torch.arange(values.shape[0])]
    unit = result.abs().amin(dim=1, keepdim=True)
    unit = torch.where((result.abs() == unit).all(dim=1, keepdim=True), 2.0 ** (top_exponent - 3 + best[:, None]), unit)
    ordered = stacked.sort(dim=0).values
    margin = min(float(((ordered[1] - ordered[0]) / ordered[1]).min()), float(((values.abs() - 2 * unit).abs() / unit).min()))
    return result, margin


def sparse_loco() -> dict:
    s, h = SPARSE_LOCO, SPARSE_LOCO["localSteps"]
    parameters = split(initial().double())
    inner = []
    for _ in range(WORKERS):
        local = [p.float().clone() for p in parameters]
        inner.append((local, torch_adamw(local)))
    buffers = [[torch.zeros_like(to_chunks(p, s["compressionChunk"])) for p in parameters] for _ in range(WORKERS)]
    result = {"positions": [], "values": [], "local": None, "gap": 1.0, "margin": 1.0}
    for r in range(STEPS):
        means = [torch.zeros_like(b) for b in buffers[0]]
        positions, sent = [[] for _ in range(WORKERS)], [[] for _ in range(WORKERS)]
        for w, (local, optimizer) in enumerate(inner):
            with torch.no_grad():
                for theta, start in zip(local, parameters):
                    theta.copy_(start.float())
            for part in range(h):
                lr = warm_up_linear(r * h + part, INNER["warmupSteps"] * h, INNER["totalSteps"] * h, INNER["baseLearningRate"])
                adamw_step(optimizer, local, split(gradient(300 + 100 * r + 10 * part + w)), lr)
            if result["local"] is None:
                result["local"] = flat(local)
            for t, (start, theta) in enumerate(zip(parameters, local)):
                delta = start - theta.detach().double()
                buffers[w][t] = s["errorDecay"] * buffers[w][t] + to_chunks(delta, s["compressionChunk"])
                index, values, gap = top(buffers[w][t], s["compressionTopk"])
                quantized, margin = two_bits(values)
                result["gap"], result["margin"] = min(result["gap"], gap), min(result["margin"], margin)
                transmitted = scatter(index, quantized, buffers[w][t])
                buffers[w][t] -= transmitted
                means[t] += transmitted / WORKERS
                positions[w].append(index.flatten())
                sent[w].append(quantized.flatten())
        parameters = [p - s["outerLearningRate"] * from_chunks(m, list(p.shape)) for p, m in zip(parameters, means)]
        result["positions"].append([torch.cat(x) for x in positions])
        result["values"].append([torch.cat(x) for x in sent])
    result["parameters"] = flat(parameters)
    result["buffer"] = flat(buffers[0])
    return result


def sparse_loco_golden() -> dict:
    run = sparse_loco()
    print(f"sparseloco: nearest tie {run['gap']:.1e}, nearest other 2-bit value {run['margin']:.1e}")
    assert run["gap"] > 1e-5 and run["margin"] > 1e-5, "a tie is too near: change a seed"
    return {
        "settings": {**SPARSE_LOCO, **INNER},
        "positions": [[ints(x) for x in r] for r in run["positions"]],
        "values": [[floats(x) for x in r] for r in run["values"]],
        "local": floats(run["local"][::7]),
        "buffer": floats(run["buffer"][::7]),
        "parameters": floats(run["parameters"][::3]),
    }


# ------------------------------------------------------------------------------------------------------------ main


def differs(have: object, want: object, path: str = "") -> list[str]:
    """Paths at which two goldens differ; packed numbers may by 1e-6, since PyTorch's own differ that much between machines."""
    if have == want:
        return []
    if isinstance(want, dict) and isinstance(have, dict) and have.keys() == want.keys():
        return [x for key in want for x in differs(have[key], want[key], f"{path}/{key}")]
    if isinstance(want, list) and isinstance(have, list) and len(have) == len(want):
        return [x for i, (a, b) in enumerate(zip(have, want)) for x in differs(a, b, f"{path}/{i}")]
    if isinstance(want, str) and isinstance(have, str) and len(have) == len(want):
        a, b = (base64.b64decode(x) for x in (have, want))
        if path.endswith("near"):
            alike = np.unpackbits(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8)).mean() < 1e-3
        else:
            alike = np.abs(np.frombuffer(a, "<f4") - np.frombuffer(b, "<f4")).max() <= 1e-6
        return [] if alike else [path]
    return [path]


def main() -> int:
    arguments = argparse.ArgumentParser(description="The client's optimizers beside PyTorch")
    arguments.add_argument("--write", action="store_true", help="write the golden numbers anew")
    write = arguments.parse_args().write
    torch.set_num_threads(1)
    golden = {
        "made": "by tests/pytorch/optimizers.py; packed numbers are float32 in base64, of parameters every 3rd, of spectra and moments every 7th",
        "tensors": [[name, shape] for name, shape in TENSORS],
        "distro": {"signs": distro_golden(True), "values": distro_golden(False)},
        "sparseloco": sparse_loco_golden(),
        "adamw": adamw_golden(),
    }
    if write:
        GOLDEN.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
        print(f"{GOLDEN.name}: {GOLDEN.stat().st_size} bytes")
        return 0
    wrong = differs(json.loads(GOLDEN.read_text()), golden)
    print("the committed goldens are PyTorch's" if not wrong else "\n".join(["the committed goldens differ at", *wrong]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
