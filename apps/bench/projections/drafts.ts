import type { EventStore } from '#event-store';
import { nowMs } from './bench.js';
import { Desk } from './desk.js';

const pauseMost = 20;

/** Records that are collected one after the other, with a little time between them. */
export function draftsOf(seed: number) {
  const desk = new Desk(seed);
  return {
    /** When it was asked for, as `nowMs`. */
    async appendOne(store: EventStore): Promise<number> {
      const recordId = desk.newId();
      const fields = { unit: 'jiuzai', category: 'news', topic: '救灾/减灾救灾', content: 'earthquake', formedOn: desk.today };
      const texts = { title: desk.text(12, 40), body: desk.text(200, 600) };
      const { stream, event } = desk.event(`catalogue.record-${recordId}`, 'RecordCollected', {
        ...{ recordId, by: 'chen-jing', ...fields, ...texts },
      });
      const askedAt = nowMs();
      await store.append(stream, [event], 'none');
      return askedAt;
    },
    pause: () => new Promise(resolve => setTimeout(resolve, desk.part() * pauseMost)),
  };
}
