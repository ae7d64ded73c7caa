import type { Expected, NewEvent, StreamAppend, StreamCheck } from '#event-store';
import { type Chance, chanceOf } from '../chance.js';

/** One call of a caller's: of `append` where it writes one stream and checks none, else of `appendMany`. */
export interface Attempt {
  /** Unique in the whole run. */
  name: string;
  appends: StreamAppend[];
  checks: StreamCheck[];
  /** Others write these streams too: the expectation may rightly be refused. */
  contended: boolean;
}

const shared = ['channels.post-shared-1', 'channels.post-shared-2', 'channels.post-shared-3'];
const words = '公开政府信息依法及时准确，接受社会监督。芦山 · earthquake relief 🏚️\u2028';
const newStreamsOneIn = 4;

/** What one caller does, one attempt after another; it goes on where its own streams were when the last one ended. */
export function callerOf(seed: number, caller: number) {
  const chance = chanceOf(seed + caller * 7919);
  const own: { stream: string; revision: number }[] = [];
  let numbers = 0;

  function target(events: number): { stream: string; expected: Expected; contended: boolean; stored?: () => void } {
    if (chance.whole(0, 3) === 0) {
      const expected = chance.of<Expected>(['any', 'any', 'exists', chance.whole(0, 40)]);
      return { stream: chance.of(shared), expected, contended: true };
    }
    const at = own.length === 0 || chance.whole(1, newStreamsOneIn) === 1 ? undefined : chance.of(own);
    if (at) {
      const expected = chance.of<Expected>([at.revision, at.revision, 'any', 'exists']);
      return { stream: at.stream, expected, contended: false, stored: () => void (at.revision += events) };
    }
    const stream = `catalogue.record-${seed.toString(36)}-${caller}-${own.length + 1}`;
    const expected = chance.of<Expected>(['none', 'none', 'any']);
    return { stream, expected, contended: false, stored: () => void own.push({ stream, revision: events - 1 }) };
  }

  /** `stored` is to be called when it was. */
  return (events?: number): { attempt: Attempt; stored: () => void } => {
    const name = `${seed.toString(36)}-${caller}-${++numbers}`;
    const parts = chance.whole(0, 4) === 0 && events === undefined ? chance.whole(2, 3) : 1;
    const targets = new Map<string, ReturnType<typeof target>>();
    const appends: StreamAppend[] = [];
    for (let part = 0; part < parts; part += 1) {
      const count = events ?? chance.of([1, 1, 1, 2, 3, 5]);
      const { stream, expected, ...more } = target(count);
      if (targets.has(stream)) continue;
      targets.set(stream, { stream, expected, ...more });
      appends.push({ stream, expected, events: Array.from({ length: count }, (_, index) => event(name, part, index, chance)) });
    }
    const checked = own.find(({ stream }) => !targets.has(stream));
    const checks = parts > 1 && checked ? [{ stream: checked.stream, expected: checked.revision }] : [];
    const all = [...targets.values()];
    return {
      attempt: { name, appends, checks, contended: all.some(one => one.contended) },
      stored: () => all.forEach(one => one.stored?.()),
    };
  };
}

function event(name: string, part: number, index: number, chance: Chance): NewEvent {
  // One in forty does not fit into a page of the file.
  const text = words.repeat(chance.whole(1, 40) === 1 ? 300 : chance.whole(0, 12));
  return {
    id: `${name}-${part}-${index}`,
    type: 'Noted',
    version: 1,
    data: { text, number: chance.whole(0, 1_000_000), nothing: null, nested: { list: [1, 2.5, 'three'] } },
    metadata: {
      commandId: name,
      command: 'catalogue.record.note',
      commandDigest: `digest-of-${name}`,
      correlationId: name,
      person: 'chen-jing',
      name: '陈静',
      occurredOn: '2013-05-08',
      recordedAt: '2013-05-08T02:03:04.000Z',
    },
  };
}
