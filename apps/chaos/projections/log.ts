import type { EventStore, NewEvent } from '#event-store';
import { chanceOf } from '../chance.js';

/** Few, so that whoever writes late meets what others have written since. */
const streams = 8;
/** Of so many events one goes to a stream that is, with its second event, poisoned. */
const badOneIn = 8;
const badStreamHas = 4;
const struckOneIn = 25;

/** Appends what the projections are to take in, one event after another; the same for the same seed. */
export function appending(store: EventStore, seed: number): { append(count: number): Promise<void>; acknowledged(): number } {
  const chance = chanceOf(seed);
  let number = 0;
  let bad = 0;

  function next(): { stream: string; event: NewEvent } {
    number++;
    const isBad = number % badOneIn === 0;
    const stream = isBad ? `chaos.bad-${Math.floor(bad / badStreamHas)}` : `chaos.ledger-${chance.whole(1, streams)}`;
    const poison = isBad && bad++ % badStreamHas === 1;
    const type = !isBad && chance.whole(1, struckOneIn) === 1 ? 'Struck' : 'Noted';
    return { stream, event: eventOf(number, type, { number, ...(poison ? { poison } : {}) }) };
  }

  return {
    async append(count) {
      for (; count > 0; count--) {
        const { stream, event } = next();
        await store.append(stream, [event], 'any');
      }
    },
    acknowledged: () => number,
  };
}

function eventOf(number: number, type: string, data: NewEvent['data']): NewEvent {
  const id = `e-${number}`;
  return {
    id,
    type,
    version: 1,
    data,
    metadata: {
      commandId: id,
      command: 'chaos.ledger.note',
      commandDigest: id,
      correlationId: id,
      person: 'chen-jing',
      name: '陈静',
      occurredOn: '2013-05-08',
      recordedAt: '2013-05-08T02:03:04.000Z',
    },
  };
}
