import { eventStoreContract } from './event-store.contract.js';
import { memoryEventStore } from './memory-store.js';
import type { StoredEvent } from './port.js';

eventStoreContract({
  name: 'in-memory model',
  async fixture() {
    const log: StoredEvent[] = [];
    return { open: async () => memoryEventStore(log), clean: async () => {} };
  },
  declared: {
    'ES-18': 'there is no way on which an answer could be lost',
    'ES-25': 'it answers in the same turn of the event loop',
    'ES-32': 'it holds the whole log in memory, which is what it is for',
    'ES-33': 'reading it cannot fail',
    'ES-35': 'its payloads are values, which cannot be broken JSON',
    'ES-45': 'there is no connection',
  },
});
