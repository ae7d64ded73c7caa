import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { build, type BuildOptions } from './build.js';
import type { Bench } from './build-thread.js';
import { buildInThreads } from './build-worker.js';
import type { Context } from './context.js';
import { ofOffices, ofStreams, openBench } from './contract/bench.js';
import type { Projection } from './projection.js';

const module = new URL('./contract/bench.js', import.meta.url).href;

describe('a build in threads', () => {
  let folder: string;
  let bench: Bench;
  let context: Context;
  let logged: string[];
  let settings: { events: string; views: string };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongkai-threads-'));
    settings = { events: join(folder, 'events.db'), views: join(folder, 'views.db') };
    bench = await openBench(settings);
    logged = [];
    const log = { info: () => {}, error: (_: object, message: string) => void logged.push(message) };
    const limits = { retryMs: [1, 1] };
    context = {
      store: bench.store,
      readStore: bench.readStore,
      owner: 'spec',
      leaseMs: 1_000,
      now: () => new Date(),
      log,
      limits,
    };
  });
  afterEach(async () => {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let next = 0;
  const append = (stream: number, count: number, more: object = {}) =>
    bench.store.append(
      `test.note-${stream}`,
      Array.from({ length: count }, () => ({
        id: `e${++next}`,
        type: 'Noted',
        version: 1,
        data: { office: `o${stream % 7}`, ...more },
        metadata: { occurredOn: '2013-04-20', recordedAt: '2013-04-20T00:00:00.000Z' } as never,
      })),
      'any',
    );
  const log = async (events: number) => {
    for (let made = 0; made < events; made += 40) await append((made * 31) % 97, 40);
  };
  const inThreads = (projection: Projection, options: BuildOptions = {}) =>
    buildInThreads({ module, settings })(context, projection, options);
  const seen = async (projection: Projection, generation: number) => {
    const [collection] = Object.keys(projection.collections) as [string];
    return bench.readStore.page(projection, { projection: projection.name, generation }, collection, null, 1_000);
  };

  it.each([
    ['the streams', ofStreams],
    ['keys of its own', ofOffices],
  ])('PR-10 PR-11 a view by %s is the same, built in one thread, in two or in this one, and proven', async (_, projection) => {
    await log(7_000);
    const views: unknown[] = [];
    for (const options of [{ parts: 1 }, { parts: 2 }, { parts: 3 }]) {
      const { generation } = await inThreads(projection, options);
      expect(generation).toMatchObject({ state: 'active', note: { verification: { passed: true } } });
      views.push(await seen(projection, generation.generation));
    }
    const here = await build(context, projection, { parts: 2 });
    views.push(await seen(projection, here.generation.generation));
    expect(views[0]).toHaveLength(projection === ofOffices ? 7 : 97);
    for (const view of views.slice(1)) expect(view).toEqual(views[0]);
  });

  it('an event that cannot be digested is told as in this thread', async () => {
    await append(1, 2);
    await append(2, 1, { poison: true });
    await expect(inThreads(ofStreams)).rejects.toMatchObject({
      name: 'Blocked',
      letter: { position: 3, state: 'blocking', error: 'poison', attempts: 3 },
    });
    expect(logged).toContain('an event cannot be projected');
  });

  it.each([1, 2])(
    'PR-30 a thread that dies loses nothing: the build in %s parts fails, and goes on from there elsewhere',
    async parts => {
      await log(7_000);
      await append(3, 1, { deadly: true });
      await append(4, 1, { deadly: true });
      await log(400);
      await expect(inThreads(ofStreams, { parts })).rejects.toThrow(/ended by itself \(7\)/);
      const { generation, resumed } = await build(context, ofStreams);
      expect({ resumed, state: generation.state }).toEqual({ resumed: true, state: 'active' });
      expect(generation.note.verification).toMatchObject({ passed: true });
    },
  );

  it('PR-29 a build that is called off stops its threads, and a later one goes on', async () => {
    await log(7_000);
    const stop = new AbortController();
    const progress = ({ done }: { done: number }) => done > 0 && stop.abort();
    await inThreads(ofStreams, { parts: 2, signal: stop.signal, progress }).catch(() => {});
    const { generation } = await inThreads(ofStreams);
    expect(generation).toMatchObject({ state: 'active', note: { verification: { passed: true } } });
  });

  it('a module that does not know the projection, or cannot be opened, says so', async () => {
    await append(1, 1);
    await expect(inThreads({ ...ofStreams, name: 'unheard-of' })).rejects.toThrow(/has no unheard-of version 1/);
    const nowhere = buildInThreads({ module: `${module}.nowhere`, settings });
    await expect(nowhere(context, ofStreams)).rejects.toThrow(/nowhere/);
  });
});
