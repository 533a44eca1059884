//! Whole runs on the state machine alone, without a chain: every state, 1 to 256 members, and random sequences of
//! calls that must never break the invariant.

use std::collections::BTreeMap;

use anchor_lang::prelude::*;

use super::{Ballot, Moment};
use crate::{
    constants::ROUNDS,
    errors::CoordinatorError,
    state::{member_state, ConfigArgs, Member, Run, RunState},
};

mod convictions;
mod late_votes;
mod random;
mod runs;

struct Sim {
    run: Box<Run>,
    key: Pubkey,
    slot: u64,
    members: BTreeMap<Pubkey, Member>,
}

fn node(i: u16) -> Pubkey {
    let mut bytes = [7u8; 32];
    bytes[..2].copy_from_slice(&i.to_le_bytes());
    Pubkey::new_from_array(bytes)
}

fn config(min: u16, steps: u32) -> ConfigArgs {
    ConfigArgs {
        warmup_time: 10,
        cooldown_time: 10,
        max_round_train_time: 10,
        round_witness_time: 4,
        epoch_time: 30,
        waiting_for_members_extra_time: 2,
        slot_ms: 400,
        init_min_clients: min,
        min_clients: min,
        witness_nodes: 0,
        total_steps: steps,
        global_batch_size_start: 64,
        global_batch_size_end: 512,
        global_batch_size_warmup_tokens: 50_000,
        sequence_length: 64,
        points_per_step: 1_000_003,
        witness_permille: 125,
        join_deposit: 5,
        verification_percent: 0,
    }
}

fn is(error: Error, expected: CoordinatorError) -> bool {
    error == Error::from(expected)
}

impl Sim {
    fn new(min: u16, steps: u32) -> Self {
        let mut run: Box<Run> = bytemuck::allocation::zeroed_box();
        run.version = 1;
        run.run_id_len = 1;
        run.config.set(&config(min, steps));
        (run.rate_num, run.rate_den, run.next_rate_num, run.next_rate_den) = (2, 3, 2, 3);
        run.manifest_hash = [1; 32];
        let mut sim = Self { run, key: Pubkey::new_from_array([9; 32]), slot: 1000, members: BTreeMap::new() };
        sim.call(|run, at| run.resume(at)).unwrap();
        sim
    }

    fn state(&self) -> RunState {
        self.run.run_state().unwrap()
    }

    /// Calls the machine as an instruction does: what fails changes nothing, what succeeds holds the invariant.
    fn call<T>(&mut self, change: impl FnOnce(&mut Run, &Moment) -> Result<T>) -> Result<T> {
        let at = Moment { run: self.key, slot: self.slot };
        let before = self.run.clone();
        let result = change(&mut self.run, &at);
        match &result {
            Ok(_) => self.run.invariant().expect("the invariant holds"),
            Err(_) => self.run = before,
        }
        result
    }

    fn join(&mut self, i: u16, capacity: u8) -> Result<()> {
        let node = node(i);
        if self.run.owes_settlement(&node) {
            return err!(CoordinatorError::NotSettled);
        }
        if !self.members.contains_key(&node) {
            self.run.member_accounts += 1;
        }
        let run_key = self.key;
        let member = self.members.entry(node).or_insert_with(|| Member {
            version: 1,
            bump: 0,
            run: run_key,
            node,
            payout: node,
            address_kind: 0,
            address_len: 0,
            address: [0; 48],
            capacity,
            deposit: 0,
            points: 0,
            owed: 0,
            slashed: 0,
            vested_points: 0,
            vested_epoch: 0,
            joined_epoch: 0,
        });
        let missing = self.run.config.join_deposit - member.deposit;
        member.deposit += missing;
        self.run.deposits_held += missing;
        self.call(|run, at| run.add_pending(&node, capacity, at.slot))
    }

    fn tick(&mut self) -> Result<()> {
        self.call(|run, at| run.tick(at))
    }

    /// Lets slots pass until a tick succeeds.
    fn tick_later(&mut self) {
        for _ in 0..200 {
            match self.tick() {
                Ok(()) => return,
                Err(error) => assert!(is(error, CoordinatorError::TooEarly)),
            }
            self.slot += 1;
        }
        panic!("nothing happened for 200 slots in {:?}", self.state());
    }

    fn slot_hashes(&self) -> Vec<u8> {
        let mut data = 512u64.to_le_bytes().to_vec();
        for slot in (self.slot - 512..self.slot).rev() {
            data.extend(slot.to_le_bytes());
            data.extend(crate::logic::hash::sha256(&[&slot.to_le_bytes()]));
        }
        data
    }

    fn pin(&mut self) -> Result<()> {
        let hashes = self.slot_hashes();
        self.call(|run, at| run.pin_seed(at, &hashes))
    }

    fn pin_later(&mut self) {
        self.slot = self.slot.max(self.run.seed_slot + 1);
        self.pin().unwrap();
    }

    fn warm_all(&mut self) {
        let epoch = self.run.epoch;
        for i in 0..self.run.members_len as usize {
            let key = self.run.members[i].key;
            self.call(|run, at| run.warm_up(at, epoch, &key)).unwrap();
        }
    }

    fn vote(&mut self, position: u8, list: &[u8; 32], root: u8) -> Result<()> {
        let (epoch, round) = (self.run.epoch, self.run.round);
        let member_index = self.run.witnesses[position as usize] as u16;
        let key = self.run.members[member_index as usize].key;
        let ballot = Ballot {
            epoch,
            round,
            position,
            member_index,
            bitmap: list,
            root: &[root; 32],
            parameter_hash: Some(&[root; 32]),
        };
        self.call(|run, at| run.vote(at, &key, &ballot))
    }

    fn trainers(&self) -> [u8; 32] {
        self.run.rounds[self.run.round as usize % ROUNDS].trainers
    }

    /// All witnesses vote for a list of all trainers.
    fn play_round(&mut self) {
        let list = self.trainers();
        for position in 0..self.run.witness_count {
            self.vote(position, &list, 1).unwrap();
        }
        self.tick().unwrap();
        if self.state() == RunState::RoundTrain {
            self.pin_later();
        }
    }

    fn settle(&mut self, i: usize) -> Result<()> {
        let key = self.run.members[i].key;
        let mut member = self.members.get(&key).cloned().unwrap();
        self.call(|run, at| run.settle_member(at, i, &mut member))?;
        self.members.insert(key, member);
        Ok(())
    }

    fn convict(&mut self, i: usize) -> Result<super::Conviction> {
        let key = self.run.members[i].key;
        let mut member = self.members.get(&key).cloned().unwrap();
        let conviction = self.call(|run, at| run.convict(at, i, &key, &mut member))?;
        self.members.insert(key, member);
        Ok(conviction)
    }

    fn cool_down(&mut self) {
        let epoch = self.run.epoch;
        for i in 0..self.run.members_len as usize {
            let key = self.run.members[i].key;
            let healthy = self.run.members[i].state == member_state::HEALTHY;
            if healthy {
                self.call(|run, at| run.vote_epoch_hash(at, epoch, &key, &[epoch as u8 + 1; 32])).unwrap();
            }
            if self.run.members[i].settled == 0 {
                self.settle(i).unwrap();
            }
        }
        self.tick_later();
    }

    /// Awarded = in the members' accounts + carried, and what is owed is what the accounts say.
    fn check_sums(&self) {
        let points: u64 = self.members.values().map(|member| member.points).sum();
        let live: u64 = self.run.live_members().iter().map(|member| member.points).sum();
        assert_eq!(live, self.run.epoch_points);
        assert_eq!(points, self.run.points_earned_total);
        let kept = self.run.carry + self.run.points_forfeited;
        assert_eq!(points + live + kept, self.run.points_awarded_total);
        assert_eq!(self.run.points_awarded_total, self.run.step as u64 * self.run.config.points_per_step);
        assert_eq!(self.members.values().map(|member| member.owed).sum::<u128>(), self.run.owed_total());
        assert_eq!(self.members.values().map(|member| member.deposit).sum::<u64>(), self.run.deposits_held);
    }
}

impl Clone for Sim {
    fn clone(&self) -> Self {
        Self { run: self.run.clone(), key: self.key, slot: self.slot, members: self.members.clone() }
    }
}

/// A run in its first round, roles drawn.
fn started(count: u16, min: u16) -> Sim {
    let mut sim = Sim::new(min, 50);
    for i in 0..count {
        sim.join(i, 1).unwrap();
    }
    sim.tick_later();
    sim.warm_all();
    sim.pin_later();
    sim.tick().unwrap();
    sim
}
