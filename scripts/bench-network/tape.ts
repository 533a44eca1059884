import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How long a real engine took over its arithmetic, milliseconds, one engine alone on the machine. */
export interface TapeTimes {
  /** To decode a payload, which is how a client checks it. */
  check: number;
  /** To apply a list of payloads: so long for each, and so long whatever their number. */
  applyEach: number;
  applyBase: number;
  /** To hash the parameters, on threads of its own: the client goes on meanwhile. */
  hash: number;
  /** To copy the parameters out. */
  serialize: number;
}

/** What a real engine made in a few steps of real training, to be sent again and again. */
export interface Tape {
  /** Of the manifest, as `encodeManifest` gives it: it fits no other run. */
  manifest: string;
  parameters: number;
  backend: string;
  /** No payload of the run is longer. */
  maxPayloadBytes: number;
  payloads: Uint8Array[];
  /** Of each payload's step: mean nats per token. */
  losses: number[];
  times: TapeTimes;
}

/** The payload that a member sends in a round: all are sent about equally often. */
export const pick = (tape: Tape, round: number, index: number): number => (round + index) % tape.payloads.length;

export const meanPayloadBytes = ({ payloads }: Tape): number => payloads.reduce((sum, p) => sum + p.length, 0) / payloads.length;

/** What of a tape goes into the published data. */
export type TapeSummary = Omit<Tape, 'payloads' | 'manifest'> & { payloadBytes: number };

export function summaryOf(tape: Tape): TapeSummary {
  const { manifest: _, payloads: __, ...rest } = tape;
  return { ...rest, payloadBytes: meanPayloadBytes(tape) };
}

export async function writeTape(path: string, tape: Tape): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const payloads = tape.payloads.map((p) => Buffer.from(p).toString('base64'));
  await writeFile(path, JSON.stringify({ ...tape, payloads }));
}

/** Undefined where there is none, or one of another manifest. */
export async function readTape(path: string, manifest: string): Promise<Tape | undefined> {
  let tape: Omit<Tape, 'payloads'> & { payloads: string[] };
  try {
    tape = JSON.parse(await readFile(path, 'utf8')) as typeof tape;
  } catch {
    return undefined;
  }
  if (tape.manifest !== manifest) return undefined;
  return { ...tape, payloads: tape.payloads.map((p) => new Uint8Array(Buffer.from(p, 'base64'))) };
}
