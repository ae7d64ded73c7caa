import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Aggregate, type DomainEvent, load } from '#commands';
import { type EventType, type EventTypes, personalFields } from '#contracts';
import { type EventStore, openSqliteEventStore, type StoredEvent, versioned, type VersionedStore } from '#event-store';
import { isEncrypted } from '#privacy';
import { asOf, type Projection } from '#projections';

/** What a library stores, and what folds it. */
export interface Rules {
  types: EventTypes;
  aggregates?: readonly Aggregate<unknown, DomainEvent>[];
  projections?: readonly Projection[];
}

/**
 * For specs: the `*.history.json` under `libs/<library>` hold one real event of every type and version ever stored, as it was
 * stored, and today's rules still read and fold them all.
 */
export function foldsItsHistory(library: string, { types, aggregates = [], projections = [] }: Rules): void {
  const history = historyOf(library);

  describe(`What ${library} ever stored`, () => {
    let folder: string;
    let stored: EventStore;
    let store: VersionedStore;
    let read: StoredEvent[];
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gongkai-history-'));
      stored = await openSqliteEventStore(join(folder, 'events.db'));
      for (const event of history) await stored.append(event.stream, [event], 'any');
      store = versioned(stored, types);
      read = (await store.readAll({ after: 0, limit: 100_000 })).events;
    });
    afterAll(async () => {
      await stored.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is kept: one event of every type in every version', () => {
      const kept = new Set(history.map(({ type, version }) => `${type} ${version}`));
      const wanted = Object.entries(types).flatMap(([name, { version }]) =>
        Array.from({ length: version }, (_, index) => `${name} ${index + 1}`),
      );
      expect(wanted.filter(one => !kept.has(one))).toEqual([]);
    });

    it.each(history.map((event, index) => [event.type, event.version, index] as const))(
      '%s, version %i, is read as it would be written today',
      (type, _, index) => {
        const { unknown, version, data } = read[index]!;
        expect({ unknown, version }).toEqual({ unknown: undefined, version: types[type]?.version });
        expect(types[type]!.data.safeParse(inTheOpen(types[type]!, data)).error).toBeUndefined();
      },
    );

    it('is folded by its rules', async () => {
      for (const aggregate of aggregates) {
        const prefix = aggregate.stream('');
        const ids = new Set(history.filter(one => one.stream.startsWith(prefix)).map(one => one.stream.slice(prefix.length)));
        expect(ids.size).toBeGreaterThan(0);
        for (const id of ids) expect((await load(store, aggregate, id)).state).not.toBeUndefined();
      }
    });

    it('is projected by its views', async () => {
      for (const projection of projections) {
        const built = await asOf({ store }, projection, { position: await store.head() });
        expect(built).toMatchObject({ position: await store.head(), undigested: 0 });
        await built.close();
      }
    });
  });
}

/** What is personal is stored encrypted: what it once was, nobody here can tell. */
function inTheOpen(type: EventType, data: Record<string, unknown>): Record<string, unknown> {
  const personal = personalFields(type);
  return Object.fromEntries(Object.entries(data).filter(([name, value]) => !(personal.includes(name) && isEncrypted(value))));
}

function historyOf(library: string): StoredEvent[] {
  const folder = join('libs', library, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.history.json'))
    .sort()
    .flatMap(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as StoredEvent[]);
}
