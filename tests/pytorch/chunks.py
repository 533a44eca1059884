"""Chunks of tensors, their DCT, and the largest numbers of each: what DeMo and SparseLoCo have in common. See optimizers.py."""

import math

import torch


def divisor(n: int, most: int) -> int:
    """The largest divisor of n that does not exceed `most`."""
    return max(d for d in range(1, min(n, most) + 1) if n % d == 0)


def to_chunks(x: torch.Tensor, side: int) -> torch.Tensor:
    """[chunks, rows, columns], chunks row by row."""
    x = x.reshape(1, -1) if x.dim() == 1 else x
    h, w = divisor(x.shape[0], side), divisor(x.shape[1], side)
    return x.reshape(x.shape[0] // h, h, x.shape[1] // w, w).permute(0, 2, 1, 3).reshape(-1, h, w)


def from_chunks(chunks: torch.Tensor, shape: list[int]) -> torch.Tensor:
    height, width = (1, shape[0]) if len(shape) == 1 else shape
    _, h, w = chunks.shape
    return chunks.reshape(height // h, width // w, h, w).permute(0, 2, 1, 3).reshape(shape)


def basis(n: int) -> torch.Tensor:
    """The orthonormal DCT-II, [frequency, place]."""
    u, i = torch.arange(n, dtype=torch.float64)[:, None], torch.arange(n, dtype=torch.float64)[None, :]
    table = torch.cos(math.pi * (2 * i + 1) * u / (2 * n)) * math.sqrt(2 / n)
    table[0] = math.sqrt(1 / n)
    return table


def dct(chunks: torch.Tensor) -> torch.Tensor:
    return basis(chunks.shape[1]) @ chunks @ basis(chunks.shape[2]).T


def inverse_dct(spectra: torch.Tensor) -> torch.Tensor:
    return basis(spectra.shape[1]).T @ spectra @ basis(spectra.shape[2])


def top(chunks: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Positions (ascending) and values of each chunk's k largest, and how near the nearest tie was, relative."""
    flat = chunks.reshape(chunks.shape[0], -1)
    k = min(k, flat.shape[1])
    index = torch.topk(flat.abs(), k, dim=1).indices.sort(dim=1).values
    gap = 1.0
    if k < flat.shape[1]:
        ordered = flat.abs().sort(dim=1, descending=True).values
        gap = float(((ordered[:, k - 1] - ordered[:, k]) / ordered[:, k - 1]).min())
    return index, flat.gather(1, index), gap


def scatter(index: torch.Tensor, values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    flat = torch.zeros(like.shape[0], like.shape[1] * like.shape[2], dtype=torch.float64)
    return flat.scatter_add(1, index, values).reshape(like.shape)
