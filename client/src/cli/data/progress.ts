/** A line on stderr that is written over, where that is a terminal; else nothing. At most four times a second. */
export class ProgressLine {
  private last = 0;
  private shown = false;

  constructor(private readonly on: boolean = process.stderr.isTTY === true) {}

  show(line: () => string): void {
    if (!this.on || Date.now() - this.last < 250) return;
    this.last = Date.now();
    this.shown = true;
    process.stderr.write(`\r\u001b[K${line()}`);
  }

  clear(): void {
    if (this.shown) process.stderr.write('\r\u001b[K');
    this.shown = false;
  }
}
