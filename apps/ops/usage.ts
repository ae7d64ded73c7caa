import { InvalidArgumentError } from 'commander';

/** The command line cannot be read as it was typed: exit code 2. */
export class BadUsage extends Error {
  override readonly name = 'BadUsage';
  constructor(zh: string, en: string) {
    super(`${zh} / ${en}`);
  }
}

/** Of an option or argument that counts something. */
export function whole(least: number): (given: string) => number {
  return given => {
    const value = Number(given);
    if (/^\d{1,15}$/.test(given) && value >= least) return value;
    throw new InvalidArgumentError(`须为不小于 ${least} 的整数 / a whole number, ${least} or more`);
  };
}
