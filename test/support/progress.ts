/** Lines that stay, and on a terminal one below them that tells what goes on. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  #status = '';

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  say(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  /** Takes the place of what went on before; nothing goes on when it is empty. */
  now(status: string): void {
    if (status === this.#status) return;
    this.#clear();
    this.#status = status;
    this.#draw();
  }

  #clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\x1b[K');
  }

  #draw(): void {
    if (this.#out.isTTY) this.#out.write(this.#status.slice(0, this.#out.columns - 1));
  }
}
