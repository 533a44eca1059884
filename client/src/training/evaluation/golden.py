"""Makes golden/harness.json: what lm-evaluation-harness itself says of a small Llama of bytes on a dozen questions.

    python -m venv venv && venv/bin/pip install lm_eval==0.4.13 torch transformers accelerate
    venv/bin/python client/src/training/evaluation/golden.py
"""
import json
import pathlib
import tempfile

import lm_eval
import torch
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from tokenizers import Tokenizer, decoders, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SEED = 5
SCALE = 0.4
CONTEXT = 48
WORDS = ["the sea", "a king ", "thou  art\n", "love's labour", "é à", "naïve", "x", "who goes there? "]


def numbers(seed: int):
    """The generator of the client's own tests."""
    state = (seed * 2654435761 + 12345) % 2**32
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state / 2**32 * 2 - 1


def small_llama() -> LlamaForCausalLM:
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=256, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=False,
        bos_token_id=None, eos_token_id=None))
    draw = numbers(SEED)
    layer = ["input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
             "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
    names = ["model.embed_tokens", *(f"model.layers.{i}.{name}" for i in range(2) for name in layer), "model.norm", "lm_head"]
    tensors = dict(model.named_parameters())
    for name in names:
        tensor = tensors.pop(f"{name}.weight")
        values = [next(draw) * SCALE for _ in range(tensor.numel())]
        tensor.data = torch.tensor(values, dtype=torch.float64).to(torch.float32).reshape(tensor.shape)
    assert not tensors, tensors.keys()
    return model.eval()


def questions() -> list[dict]:
    choice = lambda i: WORDS[i % len(WORDS)].strip()
    return [
        {
            "query": " ".join(WORDS[(7 * i + 3 * k) % len(WORDS)] for k in range(1 + i % 6)),
            "choices": [choice(i), choice(i + 3) + " and", choice(5 * i + 1) + "é", choice(i * i) + " of it, sir"],
            "gold": (i * 5) % 4,
        }
        for i in range(12)
    ]


class Bytes(HFLM):
    """Tokens are bytes; what the harness does with them is its own."""

    def tok_encode(self, string, *args, **kwargs):
        return list(string.encode())


def main() -> None:
    vocabulary = {f"<0x{i:02X}>": i for i in range(256)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], byte_fallback=True))
    tokenizer.decoder = decoders.ByteFallback()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<0x0A>", pad_token="<0x00>")
    lm = Bytes(pretrained=small_llama(), tokenizer=wrapped, batch_size=4, max_length=CONTEXT, device="cpu")
    items = questions()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items))
        (path / "task.json").write_text(json.dumps({
            "task": "golden", "dataset_path": "json", "output_type": "multiple_choice", "test_split": "test", "fewshot_split": "shots",
            "dataset_kwargs": {"data_files": {"test": str(path / "items.jsonl"), "shots": str(path / "items.jsonl")}},
            "fewshot_config": {"sampler": "first_n"}, "doc_to_text": "{{query}}", "doc_to_target": "gold", "doc_to_choice": "choices",
            "metric_list": [{"metric": m, "aggregation": "mean", "higher_is_better": True} for m in ("acc", "acc_norm", "acc_bytes")],
        }))
        (path / "task.yaml").write_text((path / "task.json").read_text())
        for shots in (0, 2):
            found = lm_eval.simple_evaluate(model=lm, tasks=["golden"], num_fewshot=shots, task_manager=TaskManager(include_path=folder), bootstrap_iters=1000, log_samples=True)
            samples = sorted(found["samples"]["golden"], key=lambda s: s["doc_id"])
            figures = {key.split(",")[0]: value for key, value in found["results"]["golden"].items() if "acc" in key}
            runs.append({"fewShot": shots, "logLikelihoods": [[float(r[0]) for r in s["filtered_resps"]] for s in samples], **figures})
    golden = {"by": f"lm_eval {lm_eval.__version__}", "seed": SEED, "scale": SCALE, "contextLength": CONTEXT, "items": items, "runs": runs}
    out = pathlib.Path(__file__).parent / "golden" / "harness.json"
    out.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


main()
