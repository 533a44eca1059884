import { convertIdlToCamelCase } from '@coral-xyz/anchor/dist/cjs/idl.js';
import type { Idl } from '@coral-xyz/anchor';

/**
 * The TypeScript type of an IDL, as `anchor build` writes it to target/types: what `Program<Coordinator>` of
 * `@coral-xyz/anchor` wants, with names in camelCase because that is how the library presents them. The library's own
 * conversion is used, so that type and run time cannot disagree.
 */
export function idlTypes(name: string, idl: Idl): string {
  const type = name.replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
  return `/**
 * Program IDL in camelCase format in order to be used in JS/TS.
 *
 * Note that this is only a type helper and is not the actual IDL. The original
 * IDL can be found at \`idl/${name}.json\`. Written by \`npm run build:programs\`.
 */
export type ${type} = ${JSON.stringify(convertIdlToCamelCase(idl), null, 2)};
`;
}
