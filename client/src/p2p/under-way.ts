/** A transfer of which the peer takes nothing for so long does not count until it does. Milliseconds. */
export const STALLED_MS = 3_000;

/** One transfer that is counted. */
export interface Transfer {
  /** The peer has taken something. */
  onTaken(): void;
  end(): void;
}

/** Counts the transfers that get on: one whose peer has stopped reading must not hold others up. */
export class UnderWay {
  private moving = 0;

  /** @param onStalled called when one has stopped to count without having ended. */
  constructor(private readonly onStalled: () => void = () => {}) {}

  get count(): number {
    return this.moving;
  }

  begin(): Transfer {
    let timer: NodeJS.Timeout | undefined;
    const pause = () => {
      clearTimeout(timer);
      if (timer !== undefined) this.moving--;
      timer = undefined;
    };
    const onTaken = () => {
      pause();
      this.moving++;
      timer = setTimeout(() => {
        pause();
        this.onStalled();
      }, STALLED_MS);
    };
    onTaken();
    return { onTaken, end: pause };
  }
}
