import { memoryEventStore } from '../memory-store.js';
import type { StoredEvent } from '../port.js';
import type { Adapter, Tampering } from './fixture.js';

export const inMemory: Adapter = {
  name: 'in-memory model',
  async fixture() {
    const log: StoredEvent[] = [];
    const store = memoryEventStore(log);
    return { open: async () => store, clean: async () => {}, tamper: async hand => tamper(log, hand) };
  },
  declared: {
    'ES-18': 'there is no way on which an answer could be lost',
    'ES-25': 'it answers in the same turn of the event loop',
    'ES-32': 'it holds the whole log in memory, which is what it is for',
    'ES-33': 'reading it cannot fail',
    'ES-35': 'its payloads are values, which cannot be broken JSON',
    'ES-45': 'there is no connection that could drop',
    'ES-54': 'nothing is ever taken from it, so no position can be free again',
    'ES-56': 'the port offers no way to change or delete, and there is no other',
    'ES-60': 'it forgets with its process, and acknowledges nothing that outlives it',
    'ES-61': 'there is no file that could be torn, locked or full',
    'ES-62': 'there is no schema that outlives the program',
  },
};

function tamper(log: StoredEvent[], hand: Tampering): void {
  const at = (position: number) => log.findIndex(event => event.position === position);
  if ('change' in hand) log[at(hand.change)]!.data = { note: '私' };
  else if ('remove' in hand) log.splice(at(hand.remove), 1);
  else if ('cutAfter' in hand) log.length = at(hand.cutAfter) + 1;
  else {
    const [one, other] = hand.swap.map(position => log[at(position)]!) as [StoredEvent, StoredEvent];
    log[at(hand.swap[0])] = { ...other, position: one.position };
    log[at(hand.swap[1])] = { ...one, position: other.position };
  }
}
