import type * as SplToken from '@solana/spl-token';

let loaded: Promise<typeof SplToken> | undefined;

/**
 * `@solana/spl-token`, loaded when first needed: it takes a tenth of a second, and one of its dependencies warns on
 * stderr about a native addon nobody misses, which would spoil the output of every command.
 */
export function splToken(): Promise<typeof SplToken> {
  return (loaded ??= quietly(() => import('@solana/spl-token')));
}

async function quietly<T>(load: () => Promise<T>): Promise<T> {
  const warn = console.warn;
  console.warn = () => {};
  try {
    return await load();
  } finally {
    console.warn = warn;
  }
}
