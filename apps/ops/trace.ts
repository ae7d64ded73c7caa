import type { StoredEvent } from '#event-store';
import { CannotStart } from '#platform';
import { activeIn, type DeadLetter, generationsOf, type Projection } from '#projections';
import { type Files, print, rooms, withFiles } from './files.js';

const pageEvents = 5_000;

/** What one command stored, and what it answers to. */
interface Step {
  command: string;
  commandId: string;
  person: string;
  name: string;
  occurredOn: string;
  recordedAt: string;
  backdated?: { source: string; reason: string };
  correlationId: string;
  /** Position of the event that a reaction answered. */
  causedBy?: number;
  events: Traced[];
}

interface Traced {
  type: string;
  stream: string;
  revision: number;
  position: number;
  id: string;
  unknown?: true;
  documents: Projected[];
}

/** A document of a view that an event changed. */
interface Projected {
  projection: string;
  collection: string;
  id: string;
  /** Readers see it; the view has not come to the event yet; or what its dead letter says. */
  state: 'seen' | 'behind' | DeadLetter['state'];
}

/** Of what readers see of a view: how far, and what was not digested on the way. */
interface Seen {
  position: number;
  letters: ReadonlyMap<number, DeadLetter['state']>;
}
type Sight = ReadonlyMap<string, Seen>;

const undigested: readonly DeadLetter['state'][] = ['blocking', 'parked', 'waiting', 'skipped'];
const words: Record<Projected['state'], string> = {
  seen: '',
  behind: '  视图尚未更新到此 / the view has not come to it yet',
  blocking: '  视图停在此事件之前 / the view stands before it: see ops dead-letters',
  parked: '  未能处理，已搁置 / could not be digested and is parked: see ops dead-letters',
  waiting: '  等在一封死信之后 / waits behind a dead letter',
  skipped: '  已跳过 / skipped',
  applied: '',
};

export async function trace(correlationId: string, { json }: { json?: boolean }): Promise<void> {
  await withFiles(async files => {
    const steps = stepsOf(await related(files, correlationId), await sightOf(files));
    if (steps.length === 0) {
      throw new CannotStart(
        `没有编号为 ${correlationId} 的办理过程；被拒绝的命令不留事件，见日志。 / Nothing is stored under ${correlationId}; a refused command stores nothing, see the log.`,
      );
    }
    print(json, { correlationId, steps }, [`编号 / correlation ${correlationId}`, ...steps.flatMap(lines)]);
  });
}

/** Events of the correlation, and all that followed by causation, in order. */
async function related({ store }: Files, correlationId: string): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  const ids = new Set<string>();
  for (let after = 0; ;) {
    const { events, upTo } = await store.readAll({ after, limit: pageEvents });
    if (upTo <= after) return found;
    after = upTo;
    for (const event of events) {
      const { metadata } = event;
      if (metadata.correlationId !== correlationId && !(metadata.causationId !== undefined && ids.has(metadata.causationId)))
        continue;
      found.push(event);
      ids.add(event.id);
    }
  }
}

async function sightOf({ readStore }: Files): Promise<Sight> {
  const sight = new Map<string, Seen>();
  for (const [room, projections] of Object.entries(rooms)) {
    const views = await readStore(room);
    for (const { name } of projections) {
      const active = activeIn(await generationsOf(views, name));
      if (!active) continue;
      const letters = await views.deadLetters({ projection: name, generation: active.generation, states: undigested });
      const position = Math.min(...active.checkpoints.map(checkpoint => checkpoint.position));
      sight.set(name, { position, letters: new Map(letters.map(letter => [letter.position, letter.state])) });
    }
  }
  return sight;
}

function documentsOf(event: StoredEvent, sight: Sight): Projected[] {
  if (event.unknown) return [];
  return Object.values(rooms)
    .flat()
    .filter(({ events }) => events.includes(event.type))
    .flatMap(projection => {
      const state = stateOf(event, sight.get(projection.name));
      return placesOf(projection, event).map(place => ({ projection: projection.name, ...place, state }));
    });
}

function stateOf({ position }: StoredEvent, seen: Seen | undefined): Projected['state'] {
  return seen?.letters.get(position) ?? ((seen?.position ?? 0) >= position ? 'seen' : 'behind');
}

/** One that cannot be digested is what is looked for: it has no documents, and is told all the same. */
function placesOf(projection: Projection, event: StoredEvent): { collection: string; id: string }[] {
  try {
    return projection.project(event).map(({ collection, id }) => ({ collection, id }));
  } catch {
    return [{ collection: '—', id: '' }];
  }
}

function stepsOf(events: readonly StoredEvent[], sight: Sight): Step[] {
  const positions = new Map(events.map(({ id, position }) => [id, position]));
  const steps = new Map<string, Step>();
  for (const event of events) {
    const { id, type, stream, revision, position, metadata, unknown } = event;
    const { command, commandId, person, name, occurredOn, recordedAt, backdated, correlationId, causationId } = metadata;
    let step = steps.get(commandId);
    if (!step) {
      const causedBy = causationId === undefined ? undefined : positions.get(causationId);
      step = {
        command,
        commandId,
        person,
        name,
        occurredOn,
        recordedAt,
        ...(backdated ? { backdated } : {}),
        correlationId,
        ...(causedBy === undefined ? {} : { causedBy }),
        events: [],
      };
      steps.set(commandId, step);
    }
    const documents = documentsOf(event, sight);
    step.events.push({ type, stream, revision, position, id, ...(unknown ? { unknown } : {}), documents });
  }
  return [...steps.values()];
}

function lines({ command, person, name, occurredOn, recordedAt, backdated, causedBy, events }: Step, index: number): string[] {
  return [
    `${index + 1}. ${command}  ${name}（${person}）${causedBy === undefined ? '' : `  由 @${causedBy} 引起 / caused by @${causedBy}`}`,
    `   发生 / happened ${occurredOn}  记录 / recorded ${recordedAt}`,
    ...(backdated ? [`   补录 / recorded late: ${backdated.source}；${backdated.reason}`] : []),
    ...events.flatMap(({ type, stream, revision, position, unknown, documents }) => [
      `   @${position}  ${stream} #${revision}  ${type}${unknown ? '  本程序不认识 / unknown to this program' : ''}`,
      ...documents.map(({ projection, collection, id, state }) => `      → ${projection}  ${collection} ${id}${words[state]}`),
    ]),
  ];
}
