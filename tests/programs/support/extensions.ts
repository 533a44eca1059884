import { splToken } from '../../../client/src/chain/spl-token.js';
import type { Extension } from './tokens.js';

/** Token-2022's mint extensions, by name, with whatever they may be given. */
export const EXTENSIONS: Record<string, Extension> = {
  metadataPointer: async (mint, authority) => {
    const spl = await splToken();
    const instruction = spl.createInitializeMetadataPointerInstruction(mint, authority, mint, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.MetadataPointer, instruction };
  },
  /** 1 % of each transfer stays behind. */
  transferFee: async (mint, authority) => {
    const spl = await splToken();
    const instruction = spl.createInitializeTransferFeeConfigInstruction(mint, authority, authority, 100, 1_000_000n, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.TransferFeeConfig, instruction };
  },
  permanentDelegate: async (mint, authority) => {
    const spl = await splToken();
    const instruction = spl.createInitializePermanentDelegateInstruction(mint, authority, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.PermanentDelegate, instruction };
  },
  mintCloseAuthority: async (mint, authority) => {
    const spl = await splToken();
    const instruction = spl.createInitializeMintCloseAuthorityInstruction(mint, authority, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.MintCloseAuthority, instruction };
  },
  transferHook: async (mint, authority) => {
    const spl = await splToken();
    const instruction = spl.createInitializeTransferHookInstruction(mint, authority, authority, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.TransferHook, instruction };
  },
  nonTransferable: async (mint) => {
    const spl = await splToken();
    const instruction = spl.createInitializeNonTransferableMintInstruction(mint, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.NonTransferable, instruction };
  },
  defaultAccountState: async (mint) => {
    const spl = await splToken();
    const instruction = spl.createInitializeDefaultAccountStateInstruction(mint, spl.AccountState.Frozen, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.DefaultAccountState, instruction };
  },
  interestBearing: async (mint, authority) => {
    const spl = await splToken();
    const instruction = spl.createInitializeInterestBearingMintInstruction(mint, authority, 5, spl.TOKEN_2022_PROGRAM_ID);
    return { type: spl.ExtensionType.InterestBearingConfig, instruction };
  },
};
