"""Makes golden/*.parquet, one for each compression, in row groups of 16.

    python -m venv venv && venv/bin/pip install pyarrow==26.0.1
    venv/bin/python client/src/training/data/prepare/golden.py
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

table = pa.table({
    "id": pa.array(range(50), pa.int64()),
    "text": pa.array([None if i % 7 == 3 else f"document {i} äöü" for i in range(50)], pa.string()),
})
for name in ("plain", "snappy", "gzip", "zstd", "brotli"):
    path = pathlib.Path(__file__).parent / "golden" / f"{name}.parquet"
    pq.write_table(table, path, compression="none" if name == "plain" else name, row_group_size=16)
