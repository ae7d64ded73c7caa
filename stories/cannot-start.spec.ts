import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newFolder, ready, start, startHouse, stop } from './house.js';

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

  it('production without a master key, one that is none, and another than the one before', async () => {
    const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const production = { NODE_ENV: 'production' };
    const missing = await startedInVain({ folder: newFolder(), env: production });
    expect(missing).toMatch(oneSentence);
    expect(missing).toContain('GONGKAI_MASTER_KEY');
    const half = first.slice(20);
    const none = await startedInVain({ folder: newFolder(), env: { ...production, GONGKAI_MASTER_KEY: half } });
    expect(none).toMatch(oneSentence);
    expect(none).not.toContain(half);

    const folder = newFolder();
    const house = await startHouse({ folder, env: { ...production, GONGKAI_MASTER_KEY: first } });
    await ready(house);
    await stop(house);
    const file = join(newFolder(), 'master.key');
    writeFileSync(file, second);
    for (const env of [
      { GONGKAI_MASTER_KEY: second },
      { GONGKAI_MASTER_KEY_FILE: file },
      { GONGKAI_MASTER_KEY_FILE: `${file}.not` },
    ]) {
      const wrong = await startedInVain({ folder, env: { ...production, ...env } });
      expect(wrong).toMatch(oneSentence);
      expect([wrong.includes(first), wrong.includes(second)]).toEqual([false, false]);
    }
  });
});
