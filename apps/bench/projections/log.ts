import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inChild } from '../children.js';
import { say } from '../say.js';
import type { Filled, FillTask } from './fill.js';

/** An invented office's log, in a data folder of its own. */
export interface Log extends Filled {
  folder: string;
  file: string;
  events: number;
}

export async function writeLog(folder: string, events: number): Promise<Log> {
  say(`writing a log of ${events.toLocaleString('en')}`);
  const file = join(folder, 'events.db');
  const filled = await inChild<Filled>(new URL('./fill.js', import.meta.url), { file, events } satisfies FillTask);
  const { streams, bytes } = filled;
  say(
    `${streams.toLocaleString('en')} streams; ${Math.round(bytes)} bytes an event, the file ${Math.round(statSync(file).size / events)}`,
  );
  return { folder, file, events, ...filled };
}

/** So that the next who builds them begins at the first event. */
export function forgetViews(folder: string): void {
  rmSync(join(folder, 'views'), { recursive: true, force: true });
}
