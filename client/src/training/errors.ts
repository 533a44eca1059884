import { PsycheError } from '../errors.js';

/** What the training engine throws when the operator, the run's manifest or the machine stands in the way. */
export class TrainingError extends PsycheError {}

/** A manifest field that is missing, mistyped or out of bounds. Code `MANIFEST_INVALID`. */
export class ManifestError extends PsycheError {
  constructor(field: string, problem: string) {
    super('MANIFEST_INVALID', `The run's manifest is not usable: ${field} ${problem}. Ask the run's authority to correct it.`);
  }
}

/** Training text that is absent, too large, or not the text the manifest names. */
export class DataError extends PsycheError {}

/** A checkpoint or optimizer file that is damaged or belongs to another model. */
export class CheckpointError extends PsycheError {}

export type PayloadErrorCode =
  | 'PAYLOAD_SIZE'
  | 'PAYLOAD_VERSION'
  | 'PAYLOAD_CONTEXT'
  | 'PAYLOAD_SHAPE'
  | 'PAYLOAD_CHECKSUM'
  | 'PAYLOAD_CODE'
  | 'PAYLOAD_VALUE';

/**
 * A payload that is not a well-formed contribution to this round. It says that its sender is faulty, never that this
 * client is: the round engine leaves the commitment off its list and goes on.
 */
export class PayloadError extends PsycheError {
  constructor(code: PayloadErrorCode, message: string) {
    super(code, message);
  }
}
