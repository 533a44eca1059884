//! What convictions take, and what they leave.

use super::*;

/// Two rounds of three members, then a third is open and decided by all.
fn decided() -> Sim {
    let mut sim = started(3, 1);
    sim.play_round();
    sim.play_round();
    let list = sim.trainers();
    for position in 0..3 {
        sim.vote(position, &list, 1).unwrap();
    }
    sim
}

#[test]
fn the_epochs_points_go_into_the_next_round_and_the_open_one_pays_the_others() {
    let mut sim = decided();
    let (earned, carry) = (sim.run.members[1].points, sim.run.carry);
    let taken = sim.convict(1).unwrap();
    assert_eq!((taken.points, taken.to_prover, taken.to_treasury), (earned, 2, 3));
    assert!(earned > 600_000);
    assert_eq!((sim.run.carry, sim.run.members[1].points, sim.run.deposits_held), (carry + earned, 0, 10));
    assert_eq!(sim.members[&sim.run.members[1].key].slashed, earned);
    sim.check_sums();
    assert!(is(sim.convict(1).err().unwrap(), CoordinatorError::AlreadyConvicted));

    let before: Vec<u64> = sim.run.members[..3].iter().map(|member| member.points).collect();
    sim.tick().unwrap();
    let gained: Vec<u64> = sim.run.members[..3].iter().zip(before).map(|(member, b)| member.points - b).collect();
    assert_eq!(gained[1], 0);
    let all = gained[0] + gained[2] + sim.run.carry;
    assert_eq!(all, 1_000_003 + carry + earned, "the others share the round and what was taken");
    assert!(gained[0] > 700_000 && gained[2] > 700_000);
    sim.check_sums();

    sim.pin_later();
    assert_eq!(sim.trainers()[0], 0b101, "it trains no more");
    while sim.state() == RunState::RoundTrain {
        sim.play_round();
    }
    let key = sim.run.members[1].key;
    let error = sim.call(|run, at| run.vote_epoch_hash(at, 0, &key, &[1; 32])).unwrap_err();
    assert!(is(error, CoordinatorError::NotHealthy));
    sim.cool_down();
    assert_eq!((sim.state(), sim.run.epoch_hash), (RunState::WaitingForMembers, [1; 32]));
    assert_eq!(sim.members[&key].points, 0);
    sim.check_sums();
}

#[test]
fn what_was_settled_is_taken_back_until_cooldown_is_over() {
    let mut sim = started(3, 1);
    while sim.state() == RunState::RoundTrain {
        sim.play_round();
    }
    let key = sim.run.members[2].key;
    for i in 0..3 {
        sim.settle(i).unwrap();
    }
    let (points, owed) = (sim.members[&key].points, sim.run.owed_total());
    assert!(points > 0);
    let taken = sim.convict(2).unwrap();
    let member = &sim.members[&key];
    assert_eq!((taken.points, member.points, member.owed, member.slashed), (points, 0, 0, points));
    assert!(sim.run.owed_total() < owed);
    sim.check_sums();
    sim.cool_down();
    assert_eq!(sim.state(), RunState::WaitingForMembers);
    assert!(is(sim.convict(1).err().unwrap(), CoordinatorError::WrongState));
}

#[test]
fn points_of_earlier_epochs_stay() {
    let mut sim = started(2, 1);
    while sim.state() == RunState::RoundTrain {
        sim.play_round();
    }
    sim.cool_down();
    let key = sim.run.members[0].key;
    let (points, owed) = (sim.members[&key].points, sim.members[&key].owed);
    sim.join(0, 1).unwrap();
    sim.join(1, 1).unwrap();
    sim.tick_later();
    sim.warm_all();
    sim.pin_later();
    sim.tick().unwrap();
    let index = sim.run.member_index(&key).unwrap();
    assert_eq!(sim.convict(index).unwrap().points, 0);
    assert_eq!((sim.members[&key].points, sim.members[&key].owed), (points, owed));
    sim.check_sums();
}

#[test]
fn after_the_last_step_nobody_gets_what_was_taken() {
    let mut sim = started(2, 1);
    sim.run.config.total_steps = 2;
    sim.play_round();
    sim.play_round();
    assert_eq!(sim.state(), RunState::Cooldown);
    let carry = sim.run.carry;
    let taken = sim.convict(0).unwrap();
    assert_eq!((sim.run.points_forfeited, sim.run.carry), (taken.points, carry));
    assert!(taken.points > 0);
    sim.check_sums();
}

#[test]
fn a_voter_less_can_make_the_votes_that_are_there_a_quorum() {
    let mut sim = started(4, 1);
    sim.run.config.total_steps = 1;
    sim.play_round();
    for i in [0, 1] {
        let key = sim.run.members[i].key;
        sim.call(|run, at| run.vote_epoch_hash(at, 0, &key, &[7; 32])).unwrap();
    }
    assert_eq!(sim.run.epoch_hash_agreed, 0, "two of four are no quorum");
    sim.convict(3).unwrap();
    assert_eq!((sim.run.epoch_hash_agreed, sim.run.epoch_hash), (1, [7; 32]), "two of three are one");
}

#[test]
fn a_convicted_member_is_off_the_list_and_the_cold_are_not_convicted() {
    let mut sim = Sim::new(1, 50);
    for i in 0..3 {
        sim.join(i, 1).unwrap();
    }
    sim.tick_later();
    let warm = sim.run.members[0].key;
    sim.call(|run, at| run.warm_up(at, 0, &warm)).unwrap();
    assert!(is(sim.convict(0).err().unwrap(), CoordinatorError::WrongState));
    sim.pin_later();
    sim.tick_later();
    assert!(is(sim.convict(1).err().unwrap(), CoordinatorError::NotHealthy));
    sim.join(0, 1).unwrap();
    assert_eq!(sim.run.pending_len, 1);
    sim.convict(0).unwrap();
    assert_eq!((sim.run.pending_len, sim.run.healthy_count), (0, 0));
}
