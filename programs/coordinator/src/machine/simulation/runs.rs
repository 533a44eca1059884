//! Whole runs, and the ways in which they can go wrong.

use super::*;
use crate::state::round_status;

#[test]
fn whole_runs_through_all_states() {
    for count in [1u16, 2, 3, 32, 256] {
        let mut sim = Sim::new(count, 50);
        let mut epochs = 0;
        while sim.state() != RunState::Finished {
            assert_eq!(sim.state(), RunState::WaitingForMembers);
            for i in 0..count {
                sim.join(i, 1 + (i % 8) as u8).unwrap();
            }
            sim.tick_later();
            assert_eq!(sim.state(), RunState::Warmup);
            sim.warm_all();
            assert!(is(sim.tick().unwrap_err(), CoordinatorError::SeedNotPinned));
            assert!(is(sim.pin().unwrap_err(), CoordinatorError::SeedTooEarly));
            sim.pin_later();
            sim.tick().unwrap();
            while sim.state() == RunState::RoundTrain {
                sim.play_round();
            }
            assert_eq!(sim.state(), RunState::Cooldown);
            sim.cool_down();
            epochs += 1;
            assert_eq!(sim.run.epoch_hash, [epochs as u8; 32]);
            assert_eq!(sim.run.epoch, epochs);
            sim.check_sums();
        }
        assert_eq!(sim.run.step, 50);
        assert!(epochs > 1, "the epoch's time ends epochs");
        assert_eq!(sim.run.points_awarded_total, 50 * 1_000_003);
    }
}

#[test]
fn a_missing_trainer_holds_the_round_to_its_deadline_and_is_dropped() {
    let mut sim = started(3, 2);
    let mut list = sim.trainers();
    list[0] &= 0b011;
    for position in 0..3 {
        if sim.run.witnesses[position as usize] != 2 {
            sim.vote(position, &list, 1).unwrap();
        }
    }
    assert_eq!(sim.run.decided, 1);
    assert!(is(sim.tick().unwrap_err(), CoordinatorError::TooEarly));
    sim.slot += sim.run.config.max_round_train_slots;
    sim.tick().unwrap();
    assert_eq!((sim.run.step, sim.run.round, sim.state()), (1, 1, RunState::RoundTrain));
    let (epoch, at_fault) = (sim.run.epoch, 2);
    let error = sim.call(|run, at| run.check_health(at, epoch, 0, 0)).unwrap_err();
    assert!(is(error, CoordinatorError::MemberIsHealthy));
    sim.call(|run, at| run.check_health(at, epoch, 0, at_fault)).unwrap();
    assert_eq!(sim.run.healthy_count, 2);
    sim.pin_later();
    assert_eq!(sim.trainers()[0], 0b011);
    sim.play_round();
    assert_eq!(sim.run.step, 2);
    sim.check_sums();
}

#[test]
fn three_undecided_rounds_end_the_epoch_and_pay_nothing() {
    let mut sim = started(2, 2);
    sim.run.config.epoch_slots = 1000;
    for round in 0..3 {
        assert_eq!(sim.run.round, round);
        sim.vote(0, &sim.trainers(), 1).unwrap();
        sim.vote(1, &sim.trainers(), 2).unwrap();
        sim.tick_later();
        assert_eq!(sim.state(), RunState::RoundWitness);
        sim.tick_later();
        if round < 2 {
            sim.pin_later();
        }
    }
    assert_eq!(sim.state(), RunState::Cooldown);
    assert_eq!((sim.run.step, sim.run.points_awarded_total, sim.run.data_position), (0, 0, 0));
    assert!(sim.run.rounds[..3].iter().all(|record| record.status == round_status::UNDECIDED));
}

#[test]
fn votes_can_change_until_the_round_closes() {
    let mut sim = started(4, 2);
    let list = sim.trainers();
    for position in 0..3 {
        sim.vote(position, &list, 1).unwrap();
    }
    assert_eq!(sim.run.decided, 1);
    sim.vote(0, &list, 2).unwrap();
    assert_eq!(sim.run.decided, 0, "two of four are no quorum");
    sim.vote(0, &list, 1).unwrap();
    sim.vote(3, &list, 1).unwrap();
    let error = sim.vote(0, &[0; 32], 1).unwrap_err();
    assert!(is(error, CoordinatorError::InvalidBitmap));
    sim.tick().unwrap();
    assert_eq!(sim.run.rounds[0].parameter_hash, [1; 32]);
    assert!(sim.run.members[..4].iter().all(|member| member.witnessed_rounds == 1));
}

#[test]
fn the_cold_forfeit_and_too_few_call_the_epoch_off() {
    let mut sim = Sim::new(2, 50);
    for i in 0..3 {
        sim.join(i, 1).unwrap();
    }
    sim.tick_later();
    let first = sim.run.members[0].key;
    sim.call(|run, at| run.warm_up(at, 0, &first)).unwrap();
    sim.tick_later();
    assert_eq!((sim.state(), sim.run.epoch, sim.run.pending_len), (RunState::WaitingForMembers, 0, 1));
    assert!(is(sim.join(1, 1).unwrap_err(), CoordinatorError::NotSettled));
    sim.settle(1).unwrap();
    sim.settle(2).unwrap();
    assert_eq!((sim.run.deposits_forfeited, sim.run.deposits_held), (10, 5));
    sim.join(1, 1).unwrap();
    sim.tick_later();
    assert_eq!(sim.state(), RunState::Warmup);
    sim.check_sums();
}

#[test]
fn a_seed_that_nobody_pinned_is_armed_again() {
    let mut sim = started(1, 1);
    sim.vote(0, &sim.trainers(), 1).unwrap();
    sim.tick().unwrap();
    let armed = sim.run.seed_slot;
    sim.slot = armed + 401;
    sim.pin().unwrap();
    assert_eq!((sim.run.seed_pinned, sim.run.seed_slot), (0, sim.slot + 2));
    assert!(is(sim.tick().unwrap_err(), CoordinatorError::SeedNotPinned));
    sim.pin_later();
    assert_eq!(sim.run.state_start_slot, sim.slot, "the time to train starts with the seed");
}

#[test]
fn pausing_waits_for_the_epoch() {
    let mut sim = started(1, 1);
    sim.call(|run, at| run.request_pause(at)).unwrap();
    while sim.state() != RunState::Cooldown {
        sim.play_round();
    }
    sim.cool_down();
    assert_eq!(sim.state(), RunState::Paused);
    let error = sim.call(|run, at| run.end(at)).unwrap_err();
    assert!(is(error, CoordinatorError::NotFinishable));
    sim.slot += 30 * 24 * 3600 * 1000 / 400;
    let mut ended = sim.clone();
    ended.call(|run, at| run.end(at)).unwrap();
    assert_eq!(ended.state(), RunState::Finished);
    sim.call(|run, at| run.resume(at)).unwrap();
    assert_eq!(sim.state(), RunState::WaitingForMembers);
}
