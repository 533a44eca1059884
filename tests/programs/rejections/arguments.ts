import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';

/** Finds the numbers, flags and tags in an instruction's data, by its interface description and Borsh's rules. */

/** A place in the data. */
export interface Place {
  /** e.g. `config.slot_ms`. */
  path: string;
  at: number;
  kind: 'number' | 'length' | 'bool' | 'tag' | 'float';
  size: number;
  /** Of a tag: how many values it has. */
  variants?: number;
}

interface Type {
  array?: [Type | string, number];
  vec?: Type | string;
  option?: Type | string;
  defined?: { name: string };
}
interface Field {
  name: string;
  type: Type | string;
}
interface Definition {
  name: string;
  type: { kind: string; fields?: Field[]; variants?: { name: string; fields?: Field[] }[] };
}

const SIZES: Record<string, number> = { u8: 1, u16: 2, u32: 4, u64: 8 };
const IDLS = { authorizer: authorizerIdl, coordinator: coordinatorIdl, treasurer: treasurerIdl };

/** All places of the arguments in this data of `program.instruction`. @throws Error for types it doesn't know. */
export function places(instruction: string, data: Buffer): Place[] {
  const [program, name] = instruction.split('.');
  const idl = IDLS[program as keyof typeof IDLS];
  const { args } = idl.instructions.find((i) => i.name === name)!;
  const types = (idl as { types?: readonly unknown[] }).types as readonly Definition[];
  const found: Place[] = [];
  let at = 8;

  const mark = (path: string, kind: Place['kind'], size: number, variants?: number): number => {
    found.push({ path, at, kind, size, variants });
    at += size;
    return size === 1 ? data[at - 1] : data.readUInt32LE(at - 4);
  };
  const skip = (bytes: number): void => {
    at += bytes;
  };
  const fields = (path: string, list: readonly Field[]): void => list.forEach((f) => walk(`${path}${f.name}`, f.type));
  const walk = (path: string, type: Type | string): void => {
    if (typeof type === 'string') {
      if (type in SIZES) mark(path, 'number', SIZES[type]);
      else if (type === 'bool') mark(path, 'bool', 1);
      else if (type === 'f32') mark(path, 'float', 4);
      else if (type === 'pubkey') skip(32);
      else if (type === 'string' || type === 'bytes') skip(mark(path, 'length', 4));
      else throw new Error(`${instruction} takes ${path} of an unknown type: ${type}`);
    } else if (type.array) {
      const [item, length] = type.array;
      if (item === 'u8') skip(length);
      else for (let i = 0; i < length; i++) walk(`${path}[${i}]`, item);
    } else if (type.vec) {
      const count = mark(path, 'length', 4);
      for (let i = 0; i < count; i++) walk(`${path}[${i}]`, type.vec);
    } else if (type.option) {
      if (mark(path, 'tag', 1, 2) === 1) walk(path, type.option);
    } else {
      const definition = types.find((t) => t.name === type.defined!.name)!;
      const { variants } = definition.type;
      if (variants) fields(`${path}.`, variants[mark(path, 'tag', 1, variants.length)].fields ?? []);
      else fields(`${path}.`, definition.type.fields ?? []);
    }
  };
  fields('', args as unknown as Field[]);
  if (at !== data.length) throw new Error(`${instruction}: ${at} bytes were read of ${data.length}`);
  return found;
}

/** The data with a number at a place. */
export function withValue(data: Buffer, { at, size }: Place, value: bigint): Buffer {
  const other = Buffer.from(data);
  for (let i = 0; i < size; i++) other[at + i] = Number((value >> BigInt(8 * i)) & 255n);
  return other;
}
