import { startFakeKurrentDb } from '#testing';
import { eventStoreContract } from './event-store.contract.js';
import { openKurrentEventStore } from './kurrent-store.js';

eventStoreContract('KurrentDB, a fake server', async () => {
  const fake = await startFakeKurrentDb();
  return { open: () => openKurrentEventStore(fake.url), clean: () => fake.close() };
});
