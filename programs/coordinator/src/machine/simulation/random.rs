//! Random sequences of calls.

use super::*;
use crate::logic::bitmap;

#[test]
fn random_calls_never_break_the_invariant() {
    let mut x = 42u64;
    let mut random = move |bound: u64| {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (x >> 33) % bound
    };
    let (mut seen, mut convictions) = ([0u32; 8], 0);
    for _ in 0..8 {
        let players = 1 + random(6) as u16;
        let mut sim = Sim::new(1 + random(players as u64) as u16, 200);
        sim.run.config.witness_nodes = random(4) as u16;
        for _ in 0..1200 {
            sim.slot += random(3);
            let i = random(players as u64) as u16;
            let epoch = sim.run.epoch;
            let in_range = sim.run.members_len > 0 && i < sim.run.members_len;
            // The honest way is likely, all else is possible at any time.
            let _ = match random(15) {
                0 | 1 => sim.join(i, 1 + random(8) as u8),
                2 => {
                    let key = node(i);
                    sim.call(|run, at| {
                        run.remove_pending(&key, at.slot);
                        Ok(())
                    })
                }
                3 | 4 => sim.tick(),
                5 | 6 => sim.pin(),
                7 => sim.call(|run, at| run.warm_up(at, epoch, &node(i))),
                8..=10 if sim.run.witness_count > 0 => {
                    let position = random(sim.run.witness_count as u64) as u8;
                    let mut list = sim.trainers();
                    if random(8) == 0 {
                        list[0] &= random(256) as u8;
                    }
                    sim.vote(position, &list, random(10) as u8 / 9)
                }
                11 => {
                    let round = sim.run.round.saturating_sub(random(5) as u32);
                    sim.call(|run, at| run.check_health(at, epoch, round, i as usize))
                }
                12 => {
                    let hash = [random(8) as u8 / 7; 32];
                    sim.call(|run, at| run.vote_epoch_hash(at, epoch, &node(i), &hash))
                }
                13 if in_range && sim.call(|run, _| run.check_settleable(epoch)).is_ok() => sim.settle(i as usize),
                14 if in_range && random(10) == 0 => {
                    sim.convict(i as usize).map(|taken| convictions += taken.to_prover)
                }
                _ if random(40) == 0 => sim.call(|run, at| run.request_pause(at)),
                _ => sim.call(|run, at| run.resume(at)),
            };
            seen[sim.run.state as usize] += 1;
            sim.check_sums();
            let record = &sim.run.rounds[sim.run.round as usize % ROUNDS];
            assert!(bitmap::is_subset(&record.bitmap, &record.trainers));
        }
    }
    assert!(convictions > 0);
    assert!([1, 2, 3, 4, 5, 7].iter().all(|state| seen[*state] > 0), "{seen:?}");
}
