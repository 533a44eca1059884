import type { TransactionInstruction } from '@solana/web3.js';
import type { Dice } from './dice.js';
import { memberOf } from './addresses.js';
import type { World } from './world.js';

const CHANGES = ['account', 'account', 'signer', 'unsigned', 'readonly', 'swap', 'byte', 'cut', 'more'] as const;

/** Changes an instruction as somebody might who wants what isn't his: another account, signer or byte. */
export function mutate(world: World, dice: Dice, instruction: TransactionInstruction): string {
  const { keys } = instruction;
  const at = keys.length === 0 ? 0 : dice.int(0, keys.length - 1);
  const change = keys.length === 0 ? 'byte' : dice.pick(CHANGES);
  switch (change) {
    case 'account': {
      keys[at].pubkey = dice.pick(addresses(world, dice));
      break;
    }
    case 'signer': {
      const signer = keys.find((k) => k.isSigner);
      if (signer) signer.pubkey = dice.pick(world.actors).publicKey;
      break;
    }
    case 'unsigned': {
      for (const key of keys) key.isSigner = false;
      break;
    }
    case 'readonly': {
      keys[at].isWritable = !keys[at].isWritable;
      break;
    }
    case 'swap': {
      const other = dice.int(0, keys.length - 1);
      [keys[at].pubkey, keys[other].pubkey] = [keys[other].pubkey, keys[at].pubkey];
      break;
    }
    case 'byte': {
      const data = Buffer.from(instruction.data);
      if (data.length > 0) data[dice.int(0, data.length - 1)] ^= dice.int(1, 255);
      instruction.data = data;
      break;
    }
    case 'cut': {
      instruction.data = Buffer.from(instruction.data.subarray(0, dice.int(0, instruction.data.length)));
      break;
    }
    case 'more':
      keys.push({ pubkey: dice.pick(addresses(world, dice)), isSigner: false, isWritable: dice.chance(0.5) });
  }
  return change;
}

/** Addresses of all sorts, of this run and others. */
function addresses(world: World, dice: Dice) {
  const slot = dice.pick([...world.slots, ...world.past.slice(-2)]);
  const node = dice.pick(world.nodes);
  return [
    slot.address, slot.treasury, world.vaultOf(slot), world.mintOf(slot).address, memberOf(
      slot.address, node.key.publicKey,
    ), node.key.publicKey,
    node.payout.publicKey, slot.authority.publicKey, world.network.ids.coordinator, world.network.ids.treasurer, world.wallet.publicKey,
  ];
}
