"""The client's models beside transformers' and PyTorch's.

    python tests/pytorch/models.py make FOLDER      random small checkpoints, one folder each, with what PyTorch makes of them
    python tests/pytorch/models.py check FOLDER     whether the folders that the client wrote beside them give the same logits
    python tests/pytorch/models.py golden           the committed goldens are what PyTorch gives here
    python tests/pytorch/models.py golden --write   write them anew

Needs the packages of requirements.txt. `npm run test:pytorch` runs all of it and compares.
"""

import argparse
import base64
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden" / "models.json"

LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
YARN_MLA = {**YARN, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0, "mscale_all_dim": 0.7}


def llama(**change):
    return {
        "model_type": "llama", "vocab_size": 96, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 3,
        "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": None, "tie_word_embeddings": False,
    } | change  # fmt: skip


def deepseek(**change):
    layers = change.get("num_hidden_layers", 3)
    return {
        "model_type": "deepseek_v3", "vocab_size": 96, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": layers,
        "num_attention_heads": 4, "num_key_value_heads": 4, "q_lora_rank": 40, "kv_lora_rank": 24, "qk_nope_head_dim": 12,
        "qk_rope_head_dim": 8, "v_head_dim": 20, "first_k_dense_replace": layers, "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": None, "tie_word_embeddings": False,
    } | change  # fmt: skip


GPT2 = {"model_type": "gpt2", "vocab_size": 96, "n_positions": 64, "n_embd": 64, "n_layer": 3, "n_head": 4, "attn_pdrop": 0, "embd_pdrop": 0, "resid_pdrop": 0, "bos_token_id": 0, "eos_token_id": 0}

# name: (config, how it is saved)
CHECKPOINTS = {
    "llama": (llama(), {}),
    "llama-tied": (llama(tie_word_embeddings=True), {}),
    "llama-one-key": (llama(num_key_value_heads=1), {}),
    "llama-all-keys": (llama(num_key_value_heads=8, head_dim=8), {}),
    "llama-linear": (llama(rope_scaling={"rope_type": "linear", "factor": 2.0}), {}),
    "llama3": (llama(rope_theta=500000.0, rope_scaling=LLAMA3), {}),
    "llama-yarn": (llama(rope_scaling=YARN), {}),
    "llama-sharded": (llama(), {"max_shard_size": "100KB"}),
    "llama-bfloat16": (llama(), {"dtype": torch.bfloat16}),
    "llama-float16": (llama(tie_word_embeddings=True), {"dtype": torch.float16}),
    "deepseek": (deepseek(), {}),
    "deepseek-plain-queries": (deepseek(q_lora_rank=None), {}),
    "deepseek-tied": (deepseek(tie_word_embeddings=True), {}),
    "deepseek-yarn": (deepseek(rope_scaling=YARN_MLA), {}),
    "deepseek-yarn-default": (deepseek(rope_scaling=YARN, q_lora_rank=None), {}),
    "gpt2": (GPT2, {}),
}

SMALL = {"vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4}
SMALL_MLA = SMALL | {"q_lora_rank": 12, "kv_lora_rank": 10, "qk_nope_head_dim": 6, "qk_rope_head_dim": 8, "v_head_dim": 5}
GOLDENS = {
    "llama": llama(**SMALL, head_dim=8),
    "llama3-tied": llama(**SMALL | {"num_hidden_layers": 1}, head_dim=8, rope_theta=500000.0, rope_scaling=LLAMA3, tie_word_embeddings=True),
    "llama-linear": llama(**SMALL | {"num_hidden_layers": 1}, head_dim=8, num_key_value_heads=1, rope_scaling={"rope_type": "linear", "factor": 2.0}),
    "llama-yarn": llama(**SMALL | {"num_hidden_layers": 1}, head_dim=8, num_key_value_heads=4, rope_scaling=YARN),
    "deepseek": deepseek(**SMALL_MLA),
    "deepseek-yarn-tied": deepseek(**SMALL_MLA | {"q_lora_rank": None}, rope_scaling=YARN_MLA, tie_word_embeddings=True),
    "gpt2": {"model_type": "gpt2", "vocab_size": 40, "n_positions": 24, "n_embd": 16, "n_layer": 1, "n_head": 2, "attn_pdrop": 0, "embd_pdrop": 0, "resid_pdrop": 0, "bos_token_id": 0, "eos_token_id": 0},
}
BATCH, LENGTH = 2, 20


def build(config):
    values = json.loads(json.dumps(config))
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(values.pop("model_type"), **values), attn_implementation="eager")
    return model.float().eval()


def randomize(model, seed):
    """Weights far from any initial ones, so that every term of every gradient matters."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=random)
            if p.dim() == 2:
                p.copy_(noise * 1.5 / math.sqrt(p.shape[1]))
            else:
                p.copy_((0.0 if name.endswith("bias") else 1.0) + 0.2 * noise)


def loss_and_logits(model, tokens):
    """Mean nats per token against the next tokens; `tokens` carry their targets."""
    logits = model(tokens[:, :-1], use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1)), logits


def make(folder):
    for seed, (name, (config, how)) in enumerate(CHECKPOINTS.items()):
        model = build(config)
        randomize(model, seed)
        # The client widens what the file holds; PyTorch reads the same numbers, with its own tables in float32.
        dtype, how = how.get("dtype", torch.float32), {k: v for k, v in how.items() if k != "dtype"}
        model.to(dtype).save_pretrained(folder / name / "theirs", **how)
        model = AutoModelForCausalLM.from_pretrained(folder / name / "theirs", dtype=torch.float32, attn_implementation="eager").eval()
        tokens = torch.randint(0, config["vocab_size"], (3, 49), generator=torch.Generator().manual_seed(1000 + seed))
        loss, logits = loss_and_logits(model, tokens)
        loss.backward()
        expected = {f"gradient.{n}": p.grad for n, p in model.named_parameters()}
        expected |= {"logits": logits.detach(), "loss": loss.detach().reshape(1), "tokens": tokens.float()}
        save_file({n: t.contiguous() for n, t in expected.items()}, folder / name / "expected.safetensors")


def check(folder):
    worst = 0.0
    for name, (config, _) in CHECKPOINTS.items():
        expected = load_file(folder / name / "expected.safetensors")
        for ours in sorted(p for p in (folder / name).iterdir() if p.name.startswith("ours")):
            model, info = AutoModelForCausalLM.from_pretrained(ours, attn_implementation="eager", output_loading_info=True)
            problems = {k: v for k, v in info.items() if v}
            if problems:
                sys.exit(f"{name}/{ours.name}: transformers reports {problems}")
            _, logits = loss_and_logits(model.float().eval(), expected["tokens"].long())
            off = (logits - expected["logits"]).abs().max().item()
            worst = max(worst, off)
            if off > 1e-6:
                sys.exit(f"{name}/{ours.name}: transformers' logits from the client's folder differ by {off}")
    print(f"folders the client wrote, read by transformers: {len(CHECKPOINTS)} models, largest difference of logits {worst:.1e}")


def numbers(seed):
    """The client's test numbers in [-1, 1) (client/src/training/testing.ts)."""
    state = (seed * 2654435761 + 12345) % 2**32
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state / 2**32 * 2 - 1


def fill(model, seed):
    """Weights that the client's test makes too: tensors by name, numbers in order."""
    random = numbers(seed)
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            values = torch.tensor([next(random) for _ in range(p.numel())], dtype=torch.float64).reshape(p.shape)
            p.copy_(values * 0.6 if p.dim() == 2 else values * 0.25 + (0.0 if name.endswith("bias") else 1.0))


def golden():
    cases = {}
    for seed, (name, config) in enumerate(GOLDENS.items(), 1):
        model = build(config)
        fill(model, seed)
        tokens = torch.tensor([[(seed * 37 + row * 17 + i * i * 11) % config["vocab_size"] for i in range(LENGTH + 1)] for row in range(BATCH)])
        loss, logits = loss_and_logits(model, tokens)
        loss.backward()
        cases[name] = {
            "config": json.loads(model.config.to_json_string()) | {"architectures": None},
            "seed": seed,
            "tokens": tokens.tolist(),
            "loss": loss.item(),
            "logits": pack(logits.detach()),
            "gradients": {n: pack(p.grad) for n, p in model.named_parameters()},
        }
    return {"made": "by tests/pytorch/models.py; numbers are float32 in base64", "cases": cases}


def pack(tensor):
    return base64.b64encode(tensor.contiguous().numpy().astype("<f4").tobytes()).decode()


def unpack(text):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32)


def compare_golden(fresh):
    kept = json.loads(GOLDEN.read_text())
    for name, case in fresh["cases"].items():
        old = kept["cases"][name]
        for key, text in {"logits": case["logits"], **case["gradients"]}.items():
            then = old["logits"] if key == "logits" else old["gradients"][key]
            if (off := (unpack(text) - unpack(then)).abs().max().item()) > 1e-5:
                sys.exit(f"{GOLDEN.name}: {name}, {key} differs by {off}. Run it with --write.")
    print(f"{GOLDEN.name}: {len(fresh['cases'])} models as PyTorch {torch.__version__} gives them")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["make", "check", "golden"])
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if args.what == "make":
        make(args.folder)
    elif args.what == "check":
        check(args.folder)
    elif args.write:
        GOLDEN.write_text(json.dumps(golden(), separators=(",", ":")) + "\n")
    else:
        compare_golden(golden())


main()
