import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANNOUNCEMENT_BYTES } from '../../client/src/protocol/commitment.js';
import { flatRound, longerThanOutcome, perMember, rangedRound } from './limits.js';

const tape = { payloadBytes: 100_000, parameters: 80_000_000 };

test('everybody\'s payload to everybody grows with the members, a range of everybody\'s does not', () => {
  const flat = flatRound(11, tape.payloadBytes, 8e6);
  assert.equal(flat.bytes, 10 * (100_000 + ANNOUNCEMENT_BYTES));
  assert.equal(flat.upSeconds, flat.bytes / 1e6);
  const [small, large] = [1024, 4096].map((members) => rangedRound(members, tape, 8e6));
  assert.deepEqual([small.ranges, large.ranges, large.votes], [32, 64, 2048]);
  assert.equal(large.partBytes, (4096 * 100_000) / 64);
  assert.equal(large.signBytes, 10_000_000);
  // Each payload goes to a committee once in all its parts.
  assert.equal(large.upBytes, 32 * 100_000 + 10_000_000);
  assert.equal(small.upBytes, large.upBytes);
  assert.equal(longerThanOutcome(tape), 100);
});

test('a notice has all of the run\'s account, for everyone who listens', () => {
  const crowd = { notices: 30, accountBytes: 256 * 120 } as never;
  const { noticeBytes, allNoticeBytes } = flatRound(512, 1, 1, crowd);
  assert.equal(noticeBytes, 30 * 512 * 160);
  assert.equal(allNoticeBytes, 512 * noticeBytes!);
});

test('what a further member costs is told by two numbers of members or more', () => {
  const row = (clients: number) => ({ size: 'small' as const, summary: { clients, perProcess: 1, peersDown: 5000 * clients + 100, least: 1000 * clients, cpuMs: 2 * clients, rss: 1e8 + 1e6 * clients } as never });
  assert.equal(perMember({ scale: [row(8)] }), undefined);
  assert.deepEqual(perMember({ scale: [row(8), row(16), row(64)] }), { overheadBytes: 4000, cpuMs: 2, memory: 1e6 });
});
