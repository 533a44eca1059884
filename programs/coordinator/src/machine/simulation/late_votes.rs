//! What late votes are still good for: a witness's pay, and the quorum on an epoch's hash.

use super::*;

/// In Cooldown: of four members the last was never warm, and the third was dropped after the first round where asked.
fn cooling(drop_third: bool) -> Sim {
    let mut sim = Sim::new(2, 50);
    for i in 0..4 {
        sim.join(i, 1).unwrap();
    }
    sim.tick_later();
    for i in 0..3 {
        let key = sim.run.members[i].key;
        sim.call(|run, at| run.warm_up(at, 0, &key)).unwrap();
    }
    sim.pin_later();
    sim.tick_later();
    sim.run.config.epoch_slots = 0;
    let mut list = sim.trainers();
    if drop_third {
        list[0] &= 0b011;
    }
    for position in 0..3 {
        sim.vote(position, &list, 1).unwrap();
    }
    sim.tick_later();
    assert_eq!(sim.state(), RunState::Cooldown);
    if drop_third {
        sim.call(|run, at| run.check_health(at, 0, 0, 2)).unwrap();
    }
    for i in 0..4 {
        if sim.run.members[i].settled == 0 {
            sim.settle(i).unwrap();
        }
    }
    sim
}

fn vote_hash(sim: &mut Sim, i: usize, hash: u8) -> Result<()> {
    let key = sim.run.members[i].key;
    sim.call(|run, at| run.vote_epoch_hash(at, 0, &key, &[hash; 32]))
}

#[test]
fn the_cold_do_not_count_for_the_quorum_of_the_epoch_hash() {
    let mut sim = cooling(false);
    assert!(is(vote_hash(&mut sim, 3, 1).unwrap_err(), CoordinatorError::NotHealthy));
    vote_hash(&mut sim, 0, 1).unwrap();
    assert_eq!(sim.run.epoch_hash_agreed, 0, "one of three");
    vote_hash(&mut sim, 1, 1).unwrap();
    assert_eq!((sim.run.epoch_hash_agreed, sim.run.epoch_hash), (1, [1; 32]), "two of three");
    assert!(is(sim.tick().unwrap_err(), CoordinatorError::TooEarly));
    vote_hash(&mut sim, 2, 2).unwrap();
    sim.tick().unwrap();
    assert_eq!((sim.state(), sim.run.epoch), (RunState::WaitingForMembers, 1));
}

#[test]
fn cooldown_waits_for_the_dropped_while_their_votes_could_make_the_quorum() {
    let mut sim = cooling(true);
    vote_hash(&mut sim, 0, 1).unwrap();
    vote_hash(&mut sim, 1, 2).unwrap();
    assert!(is(sim.tick().unwrap_err(), CoordinatorError::TooEarly));
    let mut late = sim.clone();
    late.slot += late.run.config.cooldown_slots;
    late.tick().unwrap();
    assert_eq!((late.run.epoch, late.run.epoch_hash), (1, [0; 32]), "the deadline ends it without");
    let mut apart = sim.clone();
    vote_hash(&mut apart, 2, 3).unwrap();
    apart.tick().unwrap();
    assert_eq!((apart.run.epoch, apart.run.epoch_hash), (1, [0; 32]), "all have voted");
    vote_hash(&mut sim, 2, 2).unwrap();
    sim.tick().unwrap();
    assert_eq!((sim.run.epoch, sim.run.epoch_hash), (1, [2; 32]));
}

#[test]
fn cooldown_waits_for_no_dropped_member_once_the_hash_is_agreed() {
    let mut sim = cooling(true);
    vote_hash(&mut sim, 0, 1).unwrap();
    vote_hash(&mut sim, 1, 1).unwrap();
    sim.tick().unwrap();
    assert_eq!((sim.run.epoch, sim.run.epoch_hash), (1, [1; 32]));
}

#[test]
fn a_round_decided_at_its_deadline_waits_for_the_last_witness() {
    let mut sim = started(3, 2);
    let mut list = sim.trainers();
    list[0] &= 0b011;
    let deadline = sim.run.state_start_slot + sim.run.config.max_round_train_slots;
    sim.slot = deadline - 1;
    sim.vote(0, &list, 1).unwrap();
    sim.vote(1, &list, 1).unwrap();
    assert!(is(sim.tick().unwrap_err(), CoordinatorError::TooEarly));
    sim.slot = deadline;
    sim.tick().unwrap();
    assert_eq!((sim.state(), sim.run.step), (RunState::RoundWitness, 0));
    assert!(is(sim.tick().unwrap_err(), CoordinatorError::TooEarly));
    let mut silent = sim.clone();
    silent.slot += 1;
    silent.tick().unwrap();
    assert_eq!((silent.state(), silent.run.step), (RunState::RoundTrain, 1), "two slots after it was decided");
    assert_eq!(silent.run.rounds[0].closed_at_deadline, 0, "nobody is dropped for that");
    sim.vote(2, &list, 1).unwrap();
    sim.tick().unwrap();
    assert_eq!((sim.state(), sim.run.step), (RunState::RoundTrain, 1));
    assert!(sim.run.members[..3].iter().all(|member| member.witnessed_rounds == 1));
    sim.check_sums();
}

#[test]
fn a_round_decided_in_round_witness_waits_too_but_not_past_its_deadline() {
    let mut sim = started(3, 2);
    let list = sim.trainers();
    sim.tick_later();
    assert_eq!(sim.state(), RunState::RoundWitness);
    let deadline = sim.run.state_start_slot + sim.run.config.round_witness_slots;
    let mut last = sim.clone();
    for (sim, slot, closes) in [(&mut sim, deadline - 5, deadline - 3), (&mut last, deadline - 1, deadline)] {
        sim.slot = slot;
        sim.vote(0, &list, 1).unwrap();
        sim.vote(2, &list, 1).unwrap();
        while sim.slot < closes {
            assert!(is(sim.tick().unwrap_err(), CoordinatorError::TooEarly));
            sim.slot += 1;
        }
        sim.tick().unwrap();
        assert_eq!(sim.run.step, 1);
    }
}
