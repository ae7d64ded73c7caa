import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Asked } from './asked-thread.fixture.js';
import { AskedThread, type Failure, openDatabase, QueryThread } from './index.js';

const script = new URL('./asked-thread.fixture.js', import.meta.url);
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

function thread(errorOf?: (failure: Failure) => Error): AskedThread<Asked> {
  const made = new AskedThread<Asked>(script, {}, errorOf);
  closing.push(made);
  return made;
}

describe('a thread that answers', () => {
  it('answers each question with its own answer, whichever is ready first', async () => {
    const one = thread();
    const slow = one.ask({ give: 'slow', afterMs: 50 });
    const order: unknown[] = [];
    await Promise.all([slow, one.ask({ give: { quick: 1 } })].map(answer => answer.then(given => order.push(given))));
    expect(order).toEqual([{ quick: 1 }, 'slow']);
  });

  it('hands over an error with its name, its words and its fields; its class is given back by who knows it', async () => {
    await expect(thread().ask({ fail: '坏了' })).rejects.toMatchObject({ name: 'RangeError', message: '坏了', errcode: 11 });
    const known = thread(({ message }) => new SyntaxError(message));
    await expect(known.ask({ fail: '坏了' })).rejects.toBeInstanceOf(SyntaxError);
  });

  it('fails what was asked when it dies, and answers the next question', async () => {
    const dying = thread();
    const asked = [dying.ask({ give: 1, afterMs: 10_000 }), dying.ask({ die: true })];
    for (const one of asked) await expect(one).rejects.toThrow('ended by itself');
    await expect(dying.ask({ give: 2 })).resolves.toBe(2);
  });

  it('closes after what was asked, and then takes no more', async () => {
    const closed = thread();
    const last = closed.ask({ give: 'last', afterMs: 30 });
    await closed.close();
    await expect(last).resolves.toBe('last');
    await expect(closed.ask({ give: 1 })).rejects.toThrow('closed');
  });

  it.each([
    ['keeps no process alive once it has answered', `process.stdout.write(String(await thread.ask({ give: 7 })));`],
    [
      'keeps the process until it is closed, also while it answers',
      `const answer = thread.ask({ give: 7, afterMs: 50 });
      await thread.close();
      process.stdout.write(String(await answer));`,
    ],
    [
      'refuses what cannot be handed over, and waits for no answer to it',
      `process.stdout.write(await thread.ask({ give: () => {} }).catch(({ name }) => (name === 'DataCloneError' ? '7' : name)));`,
    ],
  ])('%s', (_, act) => {
    const folder = mkdtempSync(join(tmpdir(), 'gongkai-thread-'));
    const program = join(folder, 'program.mjs');
    const index = JSON.stringify(new URL('./index.js', import.meta.url).href);
    writeFileSync(
      program,
      `import { AskedThread } from ${index};
      const thread = new AskedThread(new URL(${JSON.stringify(script.href)}), {});
      ${act}`,
    );
    const { status, stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 20_000 });
    rmSync(folder, { recursive: true, force: true });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '7' });
  });
});

describe('queries in a thread', () => {
  it('are answered while the event loop goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gongkai-query-'));
    const file = join(folder, 'a.db');
    const db = await openDatabase(file, { durability: 'normal' });
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
    const queries = new QueryThread(file);
    closing.push(queries);
    expect(await queries.all('SELECT x FROM t WHERE x > ?', [1])).toEqual([{ x: 2 }]);
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const long = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) AS n FROM n';
    const before = turns;
    expect(await queries.all(long, [1_000_000])).toEqual([{ n: 1_000_000 }]);
    clearInterval(turning);
    expect(turns - before).toBeGreaterThan(5);
    await expect(queries.all('SELECT nothing FROM nowhere', [])).rejects.toMatchObject({ errcode: 1 });
    db.close();
    await queries.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
