import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../src/ledger/addresses.js';
import { Cases } from './case.js';
import { KEYS } from './keys.js';

const CONFIRMED = { commitment: 'confirmed' };

/** Balances, supplies, holders, of both token programs. */
export function tokenCases(): Cases {
  const cases = new Cases('tokens');
  const nobody = KEYS.nobody.publicKey.toBase58();
  for (const name of ['tokens', 'bobsTokens', 'wrapped', 'tokens22', 'extendedTokens', 'bobsExtended']) {
    cases.values(`of ${name}`, 'getTokenAccountBalance', (s) => [s[name], CONFIRMED]);
  }
  for (const name of ['mint', 'otherMint', 'mint22', 'extended']) {
    cases.values(`of ${name}`, 'getTokenSupply', (s) => [s[name], CONFIRMED]);
    cases.values(`of ${name}`, 'getTokenLargestAccounts', (s) => [s[name], CONFIRMED]);
  }
  cases.values('of a mint', 'getTokenAccountBalance', (s) => [s.mint, CONFIRMED]);
  cases.values('of nobody', 'getTokenAccountBalance', [nobody, CONFIRMED]);
  cases.values('of a wallet', 'getTokenAccountBalance', [KEYS.bob.publicKey.toBase58(), CONFIRMED]);
  cases.values('of an account', 'getTokenSupply', (s) => [s.tokens, CONFIRMED]);
  cases.values('of nobody', 'getTokenSupply', [nobody, CONFIRMED]);
  cases.values('of a wallet', 'getTokenSupply', [KEYS.bob.publicKey.toBase58(), CONFIRMED]);
  cases.values('of an account', 'getTokenLargestAccounts', (s) => [s.tokens, CONFIRMED]);
  cases.values('of nobody', 'getTokenLargestAccounts', [nobody, CONFIRMED]);

  const [owner, owner22, bob] = [KEYS.tokenPayer, KEYS.token22Payer, KEYS.bob].map((key) => key.publicKey.toBase58());
  const by = (name: string, ...params: readonly unknown[]): void =>
    cases.values(name, 'getTokenAccountsByOwner', params, sorted);
  for (const encoding of ['base58', 'base64', 'jsonParsed']) {
    cases.values(`of a mint, ${encoding}`, 'getTokenAccountsByOwner', (s) => [owner, { mint: s.mint }, { ...CONFIRMED, encoding }], sorted);
    by(`of the program, ${encoding}`, owner, { programId: TOKEN_PROGRAM }, { ...CONFIRMED, encoding });
    by(`of Token-2022, ${encoding}`, owner22, { programId: TOKEN_2022_PROGRAM }, { ...CONFIRMED, encoding });
    by(`bob's of Token-2022, ${encoding}`, bob, { programId: TOKEN_2022_PROGRAM }, { ...CONFIRMED, encoding });
  }
  by('with defaults', nobody, { programId: TOKEN_PROGRAM });
  by('sliced', owner, { programId: TOKEN_PROGRAM }, { ...CONFIRMED, encoding: 'base64', dataSlice: { offset: 0, length: 3 } });
  by('neither mint nor program', owner, {}, CONFIRMED);
  by('nothing', owner);
  by('another program', owner, { programId: nobody }, CONFIRMED);
  by('a mint that is none', owner, { mint: nobody }, CONFIRMED);
  by('a mint that is a wallet', owner, { mint: bob }, CONFIRMED);
  by('a mint that is no address', owner, { mint: 'x' }, CONFIRMED);
  cases.values('a mint that is an account', 'getTokenAccountsByOwner', (s) => [owner, { mint: s.tokens }, CONFIRMED], sorted);
  by('both', owner, { mint: nobody, programId: TOKEN_PROGRAM }, CONFIRMED);
  const carol = KEYS.carol.publicKey.toBase58();
  cases.values('of a mint', 'getTokenAccountsByDelegate', (s) => [carol, { mint: s.mint }, { ...CONFIRMED, encoding: 'jsonParsed' }]);
  cases.values('of the program', 'getTokenAccountsByDelegate', [carol, { programId: TOKEN_PROGRAM }, { ...CONFIRMED, encoding: 'base64' }]);
  cases.values('none', 'getTokenAccountsByDelegate', [nobody, { programId: TOKEN_2022_PROGRAM }, { ...CONFIRMED, encoding: 'base64' }]);
  return cases;
}

/** In an order of their own: validators give them in any. */
function sorted(result: unknown): unknown {
  const { value, ...rest } = result as { value: { pubkey: string }[] };
  return { ...rest, value: [...value].sort((a, b) => (a.pubkey < b.pubkey ? -1 : 1)) };
}
