"""Makes golden/tokenizers.json: two small tokenizers and what Hugging Face's own library (Rust) encodes with them.

    python -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python client/src/training/tokenizer/golden.py data/tinyshakespeare.txt
"""
import json
import pathlib
import sys

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEXTS = [
    "", " ", "Hello, world!", "  two  spaces\n\nand lines\r\n\ttab", "it's we'll I'd you've", "1234567890 3.14159",
    "Fünf größere Äpfel – „süß“", "日本語のテキスト", "emoji 👩‍👩‍👧 flags 🇩🇪", "a\u0301 e\u0301 \ufb01 \u00a0nbsp",
    "def f(x):\n    return x ** 2  # comment\n", "ROMEO:\nBut, soft! what light through yonder window breaks?\n", "\ufffd\u200b",
]

# As Llama 3 splits words.
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def metaspace() -> Tokenizer:
    """As Llama 2: no words, bytes where a character is unknown."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def main() -> None:
    corpus = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")[:200_000].split("\n\n")
    golden = []
    for make, special in ((byte_level, ["<|endoftext|>"]), (metaspace, ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)])):
        tokenizer = make()
        alphabet = pre_tokenizers.ByteLevel.alphabet() if make is byte_level else []
        trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=alphabet, show_progress=False, max_token_length=12)
        tokenizer.train_from_iterator(corpus, trainer)
        definition = json.loads(tokenizer.to_str())
        # Bytes are words of the vocabulary, not special tokens.
        definition["added_tokens"] = [t for t in definition["added_tokens"] if not t["content"].startswith("<0x")]
        tokenizer = Tokenizer.from_str(json.dumps(definition))
        cases = []
        for text in TEXTS:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
        golden.append({"tokenizer": definition, "cases": cases})
    out = pathlib.Path(__file__).parent / "golden" / "tokenizers.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(golden, ensure_ascii=True) + "\n")


main()
