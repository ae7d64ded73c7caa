import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { catalogueEventTypes } from '#catalogue';
import { channelsEventTypes } from '#channels';
import { commandEvents } from '#commands';
import { catalogueEvents, channelsEvents, compareSchemas, type EventTypes, operationsEvents, requestsEvents } from '#contracts';
import { allKnown, openSqliteEventStore, storeEvents, versioned } from '#event-store';
import { foldsItsHistory } from '#history';
import { asOf } from '#projections';
import { requestsEventTypes } from '#requests';
import { statisticsEventTypes } from '#statistics';
import { eventTypes } from './event-types.js';
import { rooms } from './files.js';

foldsItsHistory('event-store', { types: storeEvents });
foldsItsHistory('commands', { types: commandEvents });
foldsItsHistory('projections', { types: operationsEvents });

describe('The types of events of the house', () => {
  it('are each stored by one library', () => {
    const all = [
      storeEvents,
      commandEvents,
      operationsEvents,
      catalogueEventTypes,
      channelsEventTypes,
      requestsEventTypes,
      statisticsEventTypes,
    ];
    expect(all.flatMap(types => Object.keys(types)).sort()).toEqual(Object.keys(eventTypes).sort());
  });

  it('have one version, in the contract that others read and in the room that stores them', () => {
    const contracts: EventTypes = { ...catalogueEvents, ...channelsEvents, ...requestsEvents };
    for (const [name, { version, upcasts }] of Object.entries(contracts)) {
      expect([name, eventTypes[name]?.version, eventTypes[name]?.upcasts]).toEqual([name, version, upcasts]);
    }
  });

  it('are stored as they were recorded', () => {
    const recorded = JSON.parse(readFileSync('libs/contracts/event-schemas.json', 'utf8'));
    expect(compareSchemas(recorded, eventTypes)).toMatchObject({ wrong: [], fresh: [] });
  });
});

const golden = 'libs/event-store/golden';

describe.each(readdirSync(golden).filter(name => name.startsWith('data-folder-') && !name.includes('.')))('%s', name => {
  it('holds no event that today’s types do not read, and none that its views cannot follow', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gongkai-golden-'));
    const file = join(folder, 'events.db');
    copyFileSync(join(golden, name, 'events.db'), file);
    const store = versioned(await openSqliteEventStore(file), eventTypes);
    const { events } = await store.readAll({ after: 0, limit: 100_000 });
    expect(events.length).toBeGreaterThan(400);
    for (const { type, data } of allKnown(events)) {
      expect([type, eventTypes[type]!.data.safeParse(data).error]).toEqual([type, undefined]);
    }
    for (const projection of Object.values(rooms).flat()) {
      const built = await asOf({ store }, projection, { position: await store.head() });
      expect(built).toMatchObject({ position: await store.head(), undigested: 0 });
      await built.close();
    }
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
