import { styleText } from 'node:util';

const colour = (style: 'bold' | 'green' | 'red' | 'dim', text: string) =>
  styleText(style, text, { stream: process.stdout });

/** Tells the reader each step while it goes on, with how long it took; colours and a running clock only on a terminal. */
export class Teller {
  readonly #total: number;
  #step = 0;

  constructor(total: number) {
    this.#total = total;
  }

  say(text = ''): void {
    console.log(text);
  }

  title(text: string): void {
    this.say(colour('bold', text));
  }

  aside(text: string): void {
    this.say(colour('dim', text));
  }

  verdict(good: boolean, text: string): void {
    this.say(colour(good ? 'green' : 'red', text));
  }

  async step<T>(text: string, work: () => Promise<T>): Promise<T> {
    this.#step += 1;
    const started = performance.now();
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const line = `[${this.#step}/${this.#total}] ${text}`;
    const terminal = process.stdout.isTTY;
    if (terminal) process.stdout.write(`${line} ...`);
    const clock = terminal ? setInterval(() => process.stdout.write(`\r${line} ... ${seconds()} `), 100) : undefined;
    try {
      const result = await work();
      console.log(`${terminal ? '\r' : ''}${line} ... ${seconds()} `);
      return result;
    } catch (error) {
      console.log(`${terminal ? '\r' : ''}${line} ... ${colour('red', 'failed')} `);
      throw error;
    } finally {
      clearInterval(clock);
    }
  }
}
