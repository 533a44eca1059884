import { PsycheError } from '../../errors.js';

/** A task file or a text that cannot be evaluated. */
export class EvaluationError extends PsycheError {}
