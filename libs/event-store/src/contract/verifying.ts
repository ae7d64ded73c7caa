import { expect } from '@jest/globals';
import { type Anchor, anchorKeyOf, newAnchorSecret, takeAnchor } from '../anchor.js';
import { exportHeader, exportLines } from '../export.js';
import { importLog } from '../import.js';
import { linesOf } from '../lines.js';
import type { StoredEvent } from '../port.js';
import { verifyLog } from '../verify.js';
import { type Assertion, soon, type Subject, type Tampering } from './fixture.js';

const said = { takenAt: '2014-03-01T00:00:00.000Z', reason: 'a test' };

/** Three streams in turns, eight events each: positions of the log, and an anchor signed over all of it. */
async function given(subject: Subject): Promise<{ positions: number[]; anchor: Anchor; fingerprints: string[] }> {
  const { store, stream, event, log } = subject;
  for (let index = 0; index < 24; index++)
    await store.append(stream('abc'[index % 3]), [event({ data: { note: `公开 ${index}` } })], 'any');
  const key = await anchorKeyOf(newAnchorSecret());
  const anchor = await takeAnchor(store, { upTo: await store.head(), ...said }, key);
  return { positions: (await log()).map(({ position }) => position), anchor, fingerprints: [key.fingerprint] };
}

async function verdictOn({ fixture }: Subject, anchor: Anchor, fingerprints: string[]) {
  const store = await (fixture.verifying ?? fixture.open)();
  const anchors = [{ name: 'kept elsewhere', value: anchor as unknown }];
  const verdicts = [await verifyLog(store), await verifyLog(store, { anchors, fingerprints })] as const;
  await store.close();
  return verdicts;
}

/** What is found with the anchor; `alone`: also found without one, by the chain of hashes. */
const tampered =
  (hand: (positions: number[]) => Tampering, kinds: string[], { alone }: { alone: boolean }): Assertion =>
  async subject => {
    const { positions, anchor, fingerprints } = await given(subject);
    await subject.store.close();
    await subject.fixture.tamper!(hand(positions));
    const [without, anchored] = await verdictOn(subject, anchor, fingerprints);
    expect(anchored.ok).toBe(false);
    expect(kinds).toContain(anchored.findings[0]?.kind);
    if (alone) expect(without.ok).toBe(false);
    subject.store = await subject.fixture.open();
  };

export const verifying: Record<string, Assertion> = {
  'ES-57 a log that nobody touched verifies against a signed anchor, and what lies after it is told to be unprotected':
    async subject => {
      const { anchor, fingerprints } = await given(subject);
      const { store, stream, events } = subject;
      await store.append(stream('a'), events(2), 'any');
      await store.append(stream('d'), events(1), 'none');
      const [without, anchored] = await verdictOn(subject, anchor, fingerprints);
      expect(without).toMatchObject({ ok: true, events: 27, streams: 4, unprotected: { events: 27 } });
      expect(anchored).toMatchObject({ ok: true, events: 27, unprotected: { events: 3 }, anchors: [{ good: true, events: 24 }] });
      const [, foreign] = await verdictOn(subject, anchor, ['another key']);
      expect(foreign).toMatchObject({ ok: false, findings: [{ kind: 'anchor-invalid' }] });
    },

  'ES-57 a changed byte is found': tampered(at => ({ change: at[10]! }), ['changed'], { alone: true }),
  'ES-57 a changed byte of the very last event is found': tampered(at => ({ change: at[23]! }), ['changed'], { alone: true }),
  'ES-57 a removed event is found': tampered(at => ({ remove: at[10]! }), ['removed', 'changed'], { alone: true }),
  'ES-57 a swapped pair of one stream is found': tampered(at => ({ swap: [at[10]!, at[13]!] }), ['swapped', 'changed'], {
    alone: true,
  }),
  'ES-57 a swapped pair of two streams is found by the anchor': tampered(at => ({ swap: [at[10]!, at[11]!] }), ['swapped'], {
    alone: false,
  }),
  'ES-57 a tail that was cut off is found by the anchor': tampered(at => ({ cutAfter: at[19]! }), ['cut'], { alone: false }),

  'ES-63 what is exported while others write is a beginning of the log, and stored again it is the same': async subject => {
    const { fixture, store, stream, events, log } = subject;
    const other = await fixture.open();
    // More than a page of the export, so that it is interrupted by what is written meanwhile.
    for (let index = 0; index < 30; index++) await store.append(stream(String(index % 5)), events(20), 'any');
    let over = false;
    const writers = [store, other].map(async (writer, number) => {
      for (let index = 0; !over; index++) {
        await writer.append(stream(String((index + number) % 7)), events(1 + (index % 2)), 'any');
        // The model would let nothing else have its turn.
        await new Promise(resolve => setImmediate(resolve));
      }
    });
    await soon(async () => (await log()).length > 600);
    const before = (await log()).length;
    const exported: string[] = [await exportHeader(store, 1, {})];
    for await (const page of exportLines(store, subject.start)) exported.push(page.text);
    const atEnd = (await log()).length;
    await soon(async () => (await log()).length > atEnd);
    over = true;
    await Promise.all(writers);
    await other.close();
    const elsewhere = await subject.another();
    const imported = await importLog(elsewhere, ownLines(exported.join(''), stream('')));
    const all = await log();
    expect(imported).toMatchObject({ complete: true });
    expect(imported.events).toBeGreaterThanOrEqual(before);
    expect(imported.events).toBeLessThanOrEqual(atEnd);
    expect(all.length).toBeGreaterThan(imported.events);
    const again = (await elsewhere.readAll({ after: 0, limit: 1_000_000 })).events;
    expect(again.map(withoutPosition)).toEqual(all.slice(0, imported.events).map(withoutPosition));
    expect((await verifyLog(elsewhere)).ok).toBe(true);
  },
};

function withoutPosition({ position: _, ...event }: StoredEvent) {
  return event;
}

/** Of a server that keeps what others stored, the test's own. */
async function* ownLines(text: string, prefix: string): AsyncGenerator<string> {
  async function* whole() {
    yield Buffer.from(text);
  }
  for await (const line of linesOf(whole())) {
    const { stream } = JSON.parse(line) as { stream?: string };
    if (stream === undefined || stream.startsWith(prefix)) yield line;
  }
}
