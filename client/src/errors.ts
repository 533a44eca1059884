/**
 * The base of every error this project throws on purpose: a stable `code` for programs, a message for people that
 * says what to do next. Anything else that reaches the top of a command is a defect.
 */
export class PsycheError extends Error {
  /** Stable, in UPPER_SNAKE_CASE, e.g. `RUN_NOT_FOUND`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
