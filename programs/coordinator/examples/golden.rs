//! Writes the golden vectors to `tests/golden/`: `cargo run -p coordinator --example golden`. The TypeScript twins are
//! tested on them. With `--check` it writes nothing and fails where a file differs.
//!
//! Each file is an array of cases, inputs and outputs side by side: hex for bytes, decimal strings for 64-bit numbers.

use std::{fs, path::Path, process::exit};

use coordinator::logic::{
    assignment::{count_capacities, Split},
    batch_size::batch_size,
    hash::sha256,
    points::{part, split_award},
    quorum::quorum,
    roles::{elect_checkpointers, elect_witnesses, order_trainers},
    seed::round_seed,
    shuffle::shuffle,
};
use serde_json::{json, Value};

fn main() {
    let check = std::env::args().any(|argument| argument == "--check");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let files = [
        ("shuffle", shuffle_cases()),
        ("roles", role_cases()),
        ("assignment", assignment_cases()),
        ("seed", seed_cases()),
        ("points", point_cases()),
        ("batch-size", batch_size_cases()),
        ("quorum", quorum_cases()),
    ];
    let mut differing = 0;
    for (name, cases) in files {
        let path = folder.join(format!("{name}.json"));
        let lines: Vec<String> = cases.iter().map(|case| format!("  {case}")).collect();
        let text = format!("[\n{}\n]\n", lines.join(",\n"));
        if !check {
            fs::create_dir_all(&folder).expect("tests/golden can be made");
            fs::write(&path, text).expect("tests/golden can be written");
        } else if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            eprintln!("tests/golden/{name}.json differs: run `cargo run -p coordinator --example golden`");
            differing += 1;
        }
    }
    exit(if differing > 0 { 1 } else { 0 });
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that look random and never change.
fn bytes(label: &str, i: u32) -> [u8; 32] {
    sha256(&[label.as_bytes(), &i.to_le_bytes()])
}

/// Numbers that look random and never change.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound
    }
}

fn shuffle_cases() -> Vec<Value> {
    let sizes = [(0, 0), (1, 1), (2, 2), (3, 3), (8, 8), (9, 4), (33, 32), (100, 100), (256, 32), (256, 256)];
    let salts = ["psyche-trainer", "psyche-witness", "psyche-checkpointer", ""];
    let mut cases = vec![];
    for (i, (n, first)) in sizes.into_iter().enumerate() {
        let (seed, salt) = (bytes("shuffle", i as u32), salts[i % salts.len()]);
        let mut items: Vec<u8> = (0..n).map(|i| i as u8).collect();
        shuffle(&seed, salt.as_bytes(), &mut items, first);
        cases.push(json!({ "seed": hex(&seed), "salt": salt, "n": n, "first": first, "order": &items[..first] }));
    }
    cases
}

fn role_cases() -> Vec<Value> {
    let mut numbers = Numbers(1);
    let mut cases = vec![];
    for (i, members) in [1usize, 2, 3, 3, 4, 5, 8, 16, 33, 64, 200, 256].into_iter().enumerate() {
        let seed = bytes("roles", i as u32);
        // Member i % members is always healthy; of the others some are not, in every second case.
        let healthy: Vec<u8> =
            (0..members).filter(|m| i % 2 == 0 || *m == i % members || numbers.below(4) > 0).map(|m| m as u8).collect();
        let witness_nodes = [0u16, 1, 2, 3, 5, 32][i % 6];
        let mut trainers = healthy.clone();
        order_trainers(&seed, &mut trainers);
        let mut witnesses = healthy.clone();
        let count = elect_witnesses(&seed, &mut witnesses, witness_nodes);
        let (checkpointers, elected) = elect_checkpointers(&seed, members);
        cases.push(json!({
            "seed": hex(&seed), "members": members, "healthy": healthy, "witnessNodes": witness_nodes,
            "trainers": trainers, "witnesses": &witnesses[..count], "checkpointers": &checkpointers[..elected],
        }));
    }
    cases
}

fn shares(batch: u32, capacities: &[u8]) -> Vec<u32> {
    let mut split = Split::new(batch, &count_capacities(capacities.iter().copied()));
    capacities.iter().map(|capacity| split.next_share(*capacity)).collect()
}

fn assignment_cases() -> Vec<Value> {
    let mut numbers = Numbers(2);
    let mut cases = vec![];
    for i in 0..40 {
        let (most, kinds) = (if i % 8 == 7 { 256 } else { 9 }, 1 + numbers.below(8));
        let capacities: Vec<u8> = (0..1 + numbers.below(most)).map(|_| 1 + numbers.below(kinds) as u8).collect();
        let limit = if i % 5 == 4 { 1 << 20 } else { 64 };
        let batch = 1 + numbers.below(limit) as u32;
        let data_position = numbers.below(1 << 30) << numbers.below(23);
        let shares = shares(batch, &capacities);
        let mut next = data_position;
        let starts: Vec<String> = shares
            .iter()
            .map(|share| {
                let start = next.to_string();
                next += *share as u64;
                start
            })
            .collect();
        cases.push(json!({
            "dataPosition": data_position.to_string(), "batch": batch, "capacities": capacities,
            "shares": shares, "starts": starts,
        }));
    }
    cases
}

fn seed_cases() -> Vec<Value> {
    let numbers = [(0, 0), (0, 1), (1, 0), (7, 1234), (u32::MAX, u32::MAX)];
    let mut cases = vec![];
    for (i, (epoch, round)) in numbers.into_iter().enumerate() {
        let (run, slot_hash) = (bytes("run", i as u32), bytes("slot", i as u32));
        let seed = round_seed(&run, epoch, round, &slot_hash);
        cases.push(json!({
            "run": hex(&run), "epoch": epoch, "round": round, "slotHash": hex(&slot_hash), "seed": hex(&seed),
        }));
    }
    cases
}

fn point_cases() -> Vec<Value> {
    let mut numbers = Numbers(3);
    let mut cases = vec![];
    for i in 0..30u64 {
        let capacities: Vec<u8> = (0..1 + numbers.below(12)).map(|_| 1 + numbers.below(8) as u8).collect();
        // Some trainers are missing from the list, never all.
        let accepted: Vec<u32> = shares(capacities.len() as u32 + numbers.below(500) as u32, &capacities)
            .into_iter()
            .enumerate()
            .filter(|(k, share)| *share > 0 && (*k == 0 || numbers.below(5) > 0))
            .map(|(_, share)| share)
            .collect();
        if accepted.is_empty() {
            continue;
        }
        let all: u64 = accepted.iter().map(|share| *share as u64).sum();
        let points_per_step = [1, 10, 1000, 999_999_937, u64::MAX - 1000][i as usize % 5];
        let (carry, permille) = (numbers.below(1000), [0u16, 1, 125, 250, 1000][numbers.below(5) as usize]);
        let witnesses = 1 + numbers.below(32);
        let award = split_award(points_per_step, carry, permille).expect("fits");
        let trainers: Vec<u64> = accepted.iter().map(|share| part(award.trainers, *share, all)).collect();
        let per_witness = award.witnesses / witnesses;
        let paid = trainers.iter().sum::<u64>() + per_witness * witnesses;
        cases.push(json!({
            "pointsPerStep": points_per_step.to_string(), "carry": carry.to_string(), "witnessPermille": permille,
            "shares": accepted, "witnesses": witnesses,
            "trainers": trainers.iter().map(u64::to_string).collect::<Vec<_>>(),
            "perWitness": per_witness.to_string(), "paid": paid.to_string(),
            "carryAfter": (award.total - paid).to_string(),
        }));
    }
    cases
}

fn batch_size_cases() -> Vec<Value> {
    let mut cases = vec![];
    for (start, end, warmup) in
        [(4, 8, 0), (4, 8, 100), (8, 4, 100), (7, 7, 9), (1, 1 << 20, u64::MAX), (1 << 20, 1, 1000)]
    {
        for tokens in [0, 1, warmup / 3, warmup / 2, warmup.saturating_sub(1), warmup, warmup.saturating_add(1)] {
            cases.push(json!({
                "tokens": tokens.to_string(), "globalBatchSizeStart": start, "globalBatchSizeEnd": end,
                "globalBatchSizeWarmupTokens": warmup.to_string(),
                "batchSize": batch_size(tokens, start, end, warmup),
            }));
        }
    }
    cases
}

fn quorum_cases() -> Vec<Value> {
    (0..=256usize).map(|n| json!({ "n": n, "quorum": quorum(n) })).collect()
}
