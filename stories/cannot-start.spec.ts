import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newFolder, start } from './house.js';

async function startedInVain(options: Parameters<typeof start>[1]): Promise<string> {
  const started = start('all-in-one', { ...options, args: ['--empty'] });
  expect(await started.exited).toBe(1);
  return started.said();
}

/** One line, Chinese then English, and no stack. */
const oneSentence = /^[^\n]*\p{Script=Han}[^\n]* \/ [^\n]*[a-z][^\n]*\.\n$/u;

describe('What cannot start says why in one sentence', () => {
  it('a port that another program uses', async () => {
    const other = createServer();
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const said = await startedInVain({ folder: newFolder(), env: { PORT: String(port) } });
    other.close();
    expect(said).toMatch(oneSentence);
    expect(said).toContain(String(port));
  });

  it('a host that is not this machine', async () => {
    expect(await startedInVain({ folder: newFolder(), env: { HOST: '192.0.2.1' } })).toMatch(oneSentence);
  });

  it('a file where the data folder should be', async () => {
    const file = join(newFolder(), 'data');
    writeFileSync(file, '');
    const said = await startedInVain({ folder: file });
    expect(said).toMatch(oneSentence);
    expect(said).toContain(file);
    expect(await startedInVain({ folder: join(file, 'below') })).toMatch(oneSentence);
  });

  it('a data folder nobody may write to', async () => {
    expect(await startedInVain({ folder: '/proc/gongkai' })).toMatch(oneSentence);
  });

  it('a file of events that is none', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'events.db'), 'not a database, but long enough to be taken for one at first sight. '.repeat(20));
    expect(await startedInVain({ folder })).toMatch(oneSentence);
  });

  it('a setting that is none', async () => {
    const said = await startedInVain({ folder: newFolder(), env: { PORT: 'abc' } });
    expect(said).toMatch(oneSentence);
    expect(said).toContain('PORT');
  });
});
