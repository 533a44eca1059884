"""The contestant of PyTorch, eager, float32: pytorch.py THREADS DEVICE FOLDER

Reads config.json, layout.json, parameters.f32 and tokens.i32 in FOLDER, speaks as ours.ts does. The models are written as
one would for speed: fused attention, functional layers, one linear layer for queries, keys and values where the
checkpoint has one.
"""
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

threads, device, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
torch.set_num_threads(threads)
read = lambda name: json.load(open(os.path.join(folder, name)))
config, layout, batch = read("config.json"), read("layout.json"), read("batch.json")
flat = torch.from_file(os.path.join(folder, "parameters.f32"), size=sum(s["size"] for s in layout))
length = config["contextLength"]
tokens = torch.from_file(os.path.join(folder, "tokens.i32"), size=batch * (length + 1), dtype=torch.int32).long().view(batch, length + 1).to(device)
inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].reshape(-1)
P = {s["name"]: flat[s["offset"] : s["offset"] + s["size"]].view(s["shape"]).clone().to(device).requires_grad_() for s in layout}
synchronize = torch.cuda.synchronize if device == "cuda" else lambda: None


def gpt2():
    heads, width = config["heads"], config["width"]
    positions = torch.arange(length, device=device)

    def block(x, p):
        norm = lambda x, n: F.layer_norm(x, (width,), P[f"{p}.{n}.weight"], P[f"{p}.{n}.bias"])
        # GPT-2 checkpoints store [in, out].
        linear = lambda x, n: torch.addmm(P[f"{p}.{n}.bias"], x.view(-1, x.shape[-1]), P[f"{p}.{n}.weight"]).view(*x.shape[:-1], -1)
        q, k, v = (t.view(batch, length, heads, -1).transpose(1, 2) for t in linear(norm(x, "ln_1"), "attn.c_attn").split(width, -1))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, length, width)
        x = x + linear(a, "attn.c_proj")
        return x + linear(F.gelu(linear(norm(x, "ln_2"), "mlp.c_fc"), approximate="tanh"), "mlp.c_proj")

    def loss():
        x = F.embedding(inputs, P["transformer.wte.weight"]) + F.embedding(positions, P["transformer.wpe.weight"])
        for i in range(config["layers"]):
            x = block(x, f"transformer.h.{i}")
        x = F.layer_norm(x, (width,), P["transformer.ln_f.weight"], P["transformer.ln_f.bias"])
        return F.cross_entropy(F.linear(x.view(-1, width), P["transformer.wte.weight"]), targets)

    return loss


def llama():
    width, size, heads, shared = config["width"], config["headSize"], config["heads"], config["keyValueHeads"]
    epsilon = float(config["normEpsilon"])
    angles = torch.outer(torch.arange(length), config["ropeTheta"] ** (-torch.arange(0, size, 2) / size)).repeat(1, 2).to(device)
    cos, sin = angles.cos(), angles.sin()
    rotate = lambda x: x * cos + torch.cat((-x[..., size // 2 :], x[..., : size // 2]), -1) * sin

    def block(x, p):
        linear = lambda x, n: F.linear(x, P[f"{p}.{n}.weight"])
        split = lambda t, n: t.view(batch, length, n, size).transpose(1, 2)
        h = F.rms_norm(x, (width,), P[f"{p}.input_layernorm.weight"], epsilon)
        q, k, v = rotate(split(linear(h, "self_attn.q_proj"), heads)), rotate(split(linear(h, "self_attn.k_proj"), shared)), split(linear(h, "self_attn.v_proj"), shared)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=heads != shared).transpose(1, 2).reshape(batch, length, -1)
        x = x + linear(a, "self_attn.o_proj")
        h = F.rms_norm(x, (width,), P[f"{p}.post_attention_layernorm.weight"], epsilon)
        return x + linear(F.silu(linear(h, "mlp.gate_proj")) * linear(h, "mlp.up_proj"), "mlp.down_proj")

    def loss():
        x = F.embedding(inputs, P["model.embed_tokens.weight"])
        for i in range(config["layers"]):
            x = block(x, f"model.layers.{i}")
        x = F.rms_norm(x, (width,), P["model.norm.weight"], epsilon)
        head = P["model.embed_tokens.weight" if config["tiedEmbeddings"] else "lm_head.weight"]
        return F.cross_entropy(F.linear(x.view(-1, width), head), targets)

    return loss


loss = {"gpt2": gpt2, "llama": llama}[config["architecture"]]()


def step():
    for p in P.values():
        p.grad = None
    value = loss()
    value.backward()
    synchronize()
    return value


say = lambda value: print(json.dumps(value), flush=True)
first = step().item()
gradient = torch.cat([P[s["name"]].grad.reshape(-1) for s in layout])
for _ in range(3):
    step()
ours = {}
for kind in batch and read("kinds.json"):
    path = os.path.join(folder, f"gradient-{kind}.f32")
    if os.path.exists(path):
        theirs = torch.from_file(path, size=gradient.numel()).to(device)
        ours[kind] = ((theirs - gradient).norm() / gradient.norm()).item()
name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
say({"name": f"PyTorch {torch.__version__}", "device": name, "parameters": gradient.numel(), "loss": first, "norm": gradient.norm().item(), "differences": ours})

for line in sys.stdin:
    limit, times = float(line.split()[1]) / 1000, []
    started, cpu = time.perf_counter(), time.process_time()
    while len(times) < 3 or time.perf_counter() - started < limit:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    times.sort()
    say({"tokensPerSecond": batch * length / times[len(times) // 2], "steps": len(times), "cores": used / wall})
