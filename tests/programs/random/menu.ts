import { kindOf } from './accounts.js';
import { instanceOf } from './addresses.js';
import type { Ctx, Proposer } from './proposal.js';
import * as manage from './propose/manage.js';
import * as members from './propose/members.js';
import { convict } from './propose/convict.js';
import * as money from './propose/money.js';
import * as permission from './propose/permission.js';
import * as rounds from './propose/rounds.js';
import { MEMBER, NO_KEY, STATE } from './run-bytes.js';

/** What can be meant in any state, though in most it is refused. */
const EVERYTHING: readonly Proposer[] = [
  ...Object.values({ ...manage, DAY: undefined }), members.joinRun, members.leaveRun, members.warmupWitness,
  members.cooldownWitness,
  members.checkpoint, members.closeMember, rounds.tick, rounds.pinSeed, rounds.witness, rounds.healthCheck, rounds.settle,
  money.createTreasury, money.fund, money.setRate, money.setRateDirectly, money.resumeRun, money.claim, money.withdraw,
  money.giveLamports, money.giveTokens, money.closeTreasury, money.closeClaimRecord, money.harvest,
  permission.createAuthorization, permission.setActive,
  permission.setDelegates, permission.closeAuthorization, permission.setJoinAuthority, convict,
].filter((p): p is Proposer => typeof p === 'function');

type Menu = readonly (readonly [number, Proposer])[];

/** What somebody sends next: mostly something that the run's state asks for. */
export function propose(ctx: Ctx): ReturnType<Proposer> {
  const proposer = ctx.dice.chance(0.08) ? ctx.dice.pick(EVERYTHING) : ctx.dice.weighted(menuOf(ctx));
  return proposer(ctx);
}

function menuOf(ctx: Ctx): Menu {
  const { run, slot, world, dice } = ctx;
  const paid = money.isPaid(ctx);
  if (!run) {
    const closed = kindOf(world.account(instanceOf(slot.runId))) === 'RunInstance';
    if (!closed || !money.hasTreasury(ctx) || dice.chance(0.1)) return [[1, manage.createRun]];
    return [
      [5, money.withdraw], [6, money.closeTreasury], [money.recorded(ctx).length > 0 ? 8 : 0, money.closeClaimRecord],
      [slot.payer === 'fee' ? 3 : 0, money.harvest], [1, money.claim],
    ];
  }
  const treasury = money.hasTreasury(ctx);
  const open = paid ? money.resumeRun : manage.resume;
  const rate = slot.payer === 'wallet' ? money.setRateDirectly : money.setRate;
  const unsettled = run.members.some((m) => m.settled === 0 && (m.forfeited === 1 || m.points > 0n));
  const enough = run.pending.length >= Number(run.n.epoch === 0n ? run.config.initMinClients : run.config.minClients);
  const agreed = run.n.epochHashAgreed === 1n;
  const missing = rounds.faults(run).length > 0 ? 8 : 1;
  const due = treasury && money.creditors(ctx).length > 0;
  const claims: Menu = [[due ? 4 : 0, money.claim]];
  const admitted = run.joinAuthority === NO_KEY ? Infinity : permission.authorized(ctx).size;
  const grants: Menu = admitted === Infinity ? [] : [
    [admitted < 4 ? 40 : 2, permission.createAuthorization], [1, permission.setActive], [2, permission.setDelegates],
    [1, permission.closeAuthorization],
  ];
  switch (run.state) {
    case STATE.Uninitialized: {
      if (paid && !treasury) return [[1, money.createTreasury]];
      if (run.manifestHash === NO_KEY) return [[1, manage.writeManifest], [1, manage.sealManifest]];
      return [
        [6, open], [paid ? 5 : 0, money.fund], [1, rate], [1, manage.updateConfig], [1, manage.updateClientVersion],
        [1, permission.setJoinAuthority], [1, manage.pause],
      ];
    }
    case STATE.WaitingForMembers:
      return [
        [enough ? 10 : 40, members.joinRun], [enough ? 20 : 1, rounds.tick], [2, members.leaveRun], [2, manage.pause],
        [unsettled ? 15 : 0, rounds.settle], [
          agreed ? 2 : 0, members.checkpoint,
        ], [1, rate], [1, money.fund], ...claims, ...grants,
      ];
    case STATE.Warmup: {
      const cold = run.members.some((m) => m.state === MEMBER.JOINED);
      const pinned = run.n.seedPinned === 1n;
      return [
        [cold ? 40 : 1, members.warmupWitness], [pinned ? 1 : 20, rounds.pinSeed], [pinned && !cold ? 30 : 4, rounds.tick],
        [3, members.joinRun], [1, manage.pause],
      ];
    }
    case STATE.RoundTrain: {
      if (run.n.seedPinned === 0n) return [[20, rounds.pinSeed], [1, members.joinRun], [1, rounds.healthCheck], [1, rounds.tick]];
      return [
        [run.n.decided === 1n ? 8 : 40, rounds.witness], [12, rounds.tick], [missing, rounds.healthCheck], [2, convict],
        [3, members.joinRun], [1, manage.pause],
      ];
    }
    case STATE.RoundWitness:
      return [
        [20, rounds.witness], [20, rounds.tick], [missing, rounds.healthCheck], [2, convict], [2, members.joinRun],
        [1, members.leaveRun],
      ];
    case STATE.Cooldown:
      return [
        [12, members.cooldownWitness], [unsettled ? 12 : 1, rounds.settle], [unsettled ? 2 : 8, rounds.tick],
        [agreed ? 4 : 1, members.checkpoint],
        [missing, rounds.healthCheck], [3, convict], [2, members.joinRun], [1, members.leaveRun], [1, manage.pause], ...claims,
      ];
    case STATE.Finished: {
      const over = run.n.memberAccounts === 0n;
      return [
        [over ? 1 : 8, members.closeMember], [over ? 0 : 2, members.leaveRun], [over ? 12 : 1, manage.closeRun],
        [treasury ? 3 : 0, money.withdraw], [due ? 16 : 0, money.claim],
        [money.recorded(ctx).length > 0 ? 2 : 0, money.closeClaimRecord],
        [unsettled ? 8 : 0, rounds.settle], [agreed ? 1 : 0, members.checkpoint],
      ];
    }
    default:
      return [
        [12, open], [4, manage.updateConfig], [2, manage.updateClientVersion], [2, manage.writeManifest],
        [run.manifestHash === NO_KEY ? 20 : 2, manage.sealManifest], [2, rate], [2, permission.setJoinAuthority],
        [paid ? 8 : 0, money.fund], [2, members.leaveRun], [unsettled ? 8 : 0, rounds.settle], [3, manage.finish], ...claims,
      ];
  }
}
