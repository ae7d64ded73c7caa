import { jest } from '@jest/globals';
import { startFakeKurrentDb } from '#testing';
import { eventOf } from './contract/fixture.js';
import { eventStoreContract } from './event-store.contract.js';
import { openKurrentEventStore } from './kurrent-store.js';

// Ten thousand operations over a connection take longer than on a file.
jest.setTimeout(240_000);

const appendMany = 'the server appends to one stream at a time before 25.1, and 23.10 must do';

eventStoreContract({
  name: 'KurrentDB, a fake server',
  manyEvents: 5_000,
  operationsARound: 1_000,
  async fixture() {
    const fake = await startFakeKurrentDb();
    return {
      open: options => openKurrentEventStore(fake.url, options),
      clean: () => fake.close(),
      async corrupt(stream) {
        const store = await openKurrentEventStore(fake.url);
        await store.append(stream, [eventOf('to-be-broken')], 'none');
        await store.close();
        fake.faults.corrupt(stream, 0n, '{"note": ');
      },
      async loseAnswer() {
        fake.faults.nextAppend({ stored: true, then: 'disconnect' });
      },
      async fallSilent() {
        fake.faults.freeze();
      },
      async failRead(events) {
        fake.faults.nextRead({ afterEvents: events, then: 'unavailable' });
      },
      async dropConnections() {
        fake.faults.dropConnections();
      },
      openReads: () => fake.traffic.open.reads,
    };
  },
  declared: { 'ES-19': appendMany, 'ES-20': appendMany, 'ES-21': appendMany },
});
