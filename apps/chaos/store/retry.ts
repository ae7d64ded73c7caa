import type { Appended, EventStore } from '#event-store';
import type { Entry, Faults, Ledger } from './ledger.js';
import type { Attempt } from './work.js';

type Answer = Appended[] | { refused: string };

/**
 * What a caller does that never heard: the same again, with the same ids and expectation. What was there is answered as it stands;
 * what was not is stored now, or refused where others went on meanwhile; and asking once more changes nothing.
 */
export async function retryUnanswered(
  store: EventStore,
  ledger: Ledger,
  unanswered: readonly Entry[],
  there: ReadonlySet<string>,
  { differ }: Faults,
): Promise<void> {
  ledger.entries.clear();
  for (const { attempt } of unanswered) {
    const { name } = attempt;
    const was = there.has(name);
    const answer = await ask(store, attempt);
    if (!was) ledger.entries.set(name, { attempt, heard: 'refused' in answer ? answer : { acknowledged: answer } });
    else if ('refused' in answer) differ.push(`${name}: stored, and refused when tried again: ${answer.refused}`);
    if ('refused' in answer) continue;
    const repeated = was ? answer : await ask(store, attempt);
    const places = await ledger.placesOf(attempt);
    if ('refused' in repeated || !repeated.every((one, index) => one.idempotent && sameAs(places[index], one))) {
      differ.push(`${name}: tried again: ${JSON.stringify(repeated)}, and it stands at ${JSON.stringify(places)}`);
    }
  }
  await ledger.look();
  ledger.entries.clear();
}

async function ask(store: EventStore, { appends, checks }: Attempt): Promise<Answer> {
  try {
    const [only] = appends;
    if (appends.length > 1 || checks.length > 0) return await store.appendMany(appends, checks);
    return [await store.append(only!.stream, only!.events, only!.expected)];
  } catch (error) {
    return { refused: (error as Error).name };
  }
}

function sameAs(place: { revision: number; position: number } | undefined, { revision, position }: Appended): boolean {
  return place?.revision === revision && place.position === position;
}
