import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase } from '#sqlite';
import { ask, done, type House, newFolder, ready, start, startHouse, stop, until } from './house.js';

interface Health {
  status: string;
  doubts: object[];
}

describe('A view that was changed behind the log', () => {
  let house: House;
  const folder = newFolder();
  beforeAll(async () => {
    house = await startHouse({ folder, args: ['--empty'], env: { GONGKAI_REFOLD_SECONDS: '0.1' } });
    await ready(house);
  }, 60_000);
  afterAll(() => stop(house));

  const health = async () => (await ask<Health>(house, '/health/ready')).body;
  const healthIs = (status: string) =>
    until(60_000, house, async () => {
      const found = await health();
      return found.status === status ? found : undefined;
    });

  it('PR-01 turns readiness amber, with the key and the document named, until it is rebuilt', async () => {
    await done(house, 'wang-lei', '/units', { id: 'jiuzai', name: '救灾处', kind: 'internal' });
    expect((await healthIs('ready')).doubts).toEqual([]);
    const db = await openDatabase(join(folder, 'views', 'catalogue.db'), { durability: 'normal' });
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%doc%'").all() as {
      name: string;
    }[];
    let changed = 0;
    for (const { name } of tables) {
      if (!/_g\d+_/.test(name) || name.includes('_text')) continue;
      changed += Number(
        db.prepare(`UPDATE "${name}" SET doc = replace(doc, '救灾处', '救济处') WHERE doc LIKE '%救灾处%'`).run().changes,
      );
    }
    db.close();
    expect(changed).toBeGreaterThan(0);
    const { doubts } = await healthIs('amber');
    expect(doubts).toContainEqual(expect.objectContaining({ room: 'catalogue', id: 'jiuzai', key: 'catalogue.unit-jiuzai' }));
    const { projection } = doubts[0] as { projection: string };
    const rebuilding = start('ops', { folder, args: ['rebuild', projection] });
    expect(await rebuilding.exited).toBe(0);
    expect((await healthIs('ready')).doubts).toEqual([]);
  }, 180_000);
});
