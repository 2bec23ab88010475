import type { Command } from 'commander';
import type { Row } from './decode-answer.ts';

interface WordOptions {
  readonly name?: string;
  readonly description?: string;
}

/** Adds --name and --description. */
export function addWordOptions(command: Command): void {
  command.option('--name <NAME>', 'what to call it').option('--description <TEXT>', 'what it is for');
}

/** Those that are given; an empty text is one. */
export function givenWords(command: Command): Row {
  const { name, description } = command.opts<WordOptions>();
  return Object.fromEntries(Object.entries({ name, description }).filter(([, text]) => text !== undefined));
}
