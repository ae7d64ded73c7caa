import { eachEvent, type EventStore, type StoredEvent } from '#event-store';
import type { ReadStore } from '#projections';
import type { Faults } from '../store/ledger.js';
import { expectedOf } from './expected.js';
import { projections } from './views.js';

type Generation = Awaited<ReturnType<ReadStore['generations']>>[number];

const docsAPage = 1_000;

/** How far each generation was said to have come, by processes that lived to say so. */
export type Said = Map<string, number>;

export const generationName = ({ projection, generation }: Pick<Generation, 'projection' | 'generation'>) =>
  `${projection} generation ${generation}`;

/** Holds every generation there is, at its own checkpoint, against the log. */
export async function judge(store: EventStore, readStore: ReadStore, said: Said, faults: Faults): Promise<void> {
  const events: StoredEvent[] = [];
  for await (const event of eachEvent(store, { after: 0 })) events.push(event);
  for (const generation of await readStore.generations()) await judgeOne(events, readStore, generation, said, faults);
}

async function judgeOne(
  events: readonly StoredEvent[],
  readStore: ReadStore,
  generation: Generation,
  said: Said,
  { lost, phantom, differ }: Faults,
): Promise<void> {
  const name = generationName(generation);
  const [checkpoint, ...parts] = generation.checkpoints;
  if (!checkpoint || parts.length > 0) return void differ.push(`${name}: ${generation.checkpoints.length} checkpoints`);
  const { position, tally } = checkpoint;
  if (position < (said.get(name) ?? 0)) lost.push(`${name}: at ${position}, and was said to be at ${said.get(name)}`);
  if (position > (events.at(-1)?.position ?? 0)) phantom.push(`${name}: at ${position}, after the end of the log`);
  if (generation.state === 'failed') differ.push(`${name}: ${generation.note.error}`);

  const expected = expectedOf(
    generation.projection,
    events.filter(event => event.position <= position),
  );
  for (const [collection, docs] of expected.docs) {
    const found = await docsOf(readStore, generation, collection);
    for (const [id, doc] of docs) {
      const there = found.get(id);
      if (there === undefined) lost.push(`${name}: ${collection} ${id} is not there`);
      else if (there !== JSON.stringify(doc)) differ.push(`${name}: ${collection} ${id} is ${there}, not ${JSON.stringify(doc)}`);
    }
    for (const id of found.keys()) if (!docs.has(id)) phantom.push(`${name}: ${collection} ${id} is of no event`);
  }

  const letters = new Map(
    (await readStore.deadLetters({ projection: generation.projection, generation: generation.generation })).map(
      letter => [letter.position, letter.state] as const,
    ),
  );
  for (const [at, state] of expected.letters) {
    if (!letters.has(at)) lost.push(`${name}: the event at ${at} was left out, and nothing tells it`);
    else if (letters.get(at) !== state) differ.push(`${name}: the event at ${at} is ${letters.get(at)}, not ${state}`);
  }
  for (const at of letters.keys()) if (!expected.letters.has(at)) phantom.push(`${name}: a dead letter of ${at} for no reason`);

  for (const type of new Set([...expected.counts.keys(), ...Object.keys(tally)])) {
    const [stored, counted] = [expected.counts.get(type) ?? 0, tally[type]?.count ?? 0];
    if (stored !== counted) differ.push(`${name}: accounts for ${counted} of ${stored} ${type}`);
  }
}

/** As readers have them: in the bytes they read. */
async function docsOf(readStore: ReadStore, generation: Generation, collection: string): Promise<Map<string, string>> {
  const projection = projections.find(({ name }) => name === generation.projection)!;
  const found = new Map<string, string>();
  for (let after: string | null = null; ;) {
    const page = await readStore.page(projection, generation, collection, after, docsAPage);
    for (const { id, doc } of page) found.set(id, JSON.stringify(doc));
    if (page.length < docsAPage) return found;
    after = page.at(-1)!.id;
  }
}
