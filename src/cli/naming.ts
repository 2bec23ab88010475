import { Argument, Option } from 'commander';
import type { Kind } from './kinds.ts';

/** A flag whose value is the name or ID of something that the server has: a shell can complete it. */
export class NamingOption extends Option {
  readonly names: Kind;

  constructor(flags: string, description: string, names: Kind) {
    super(flags, description);
    this.names = names;
  }
}

/** Such an argument. */
export class NamingArgument extends Argument {
  readonly names: Kind;

  constructor(name: string, names: Kind) {
    super(name, `name or ID of a ${names.noun}`);
    this.names = names;
  }
}
