import type { StoredEvent } from '#event-store';
import { CannotStart } from '#platform';
import { seen } from '#projections';
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
  /** Readers see it; else the view has not come to the event yet. */
  seen: boolean;
}

/** How far readers see each view. */
type Sight = ReadonlyMap<string, number>;

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
  const sight = new Map<string, number>();
  for (const [room, projections] of Object.entries(rooms)) {
    const views = await readStore(room);
    for (const projection of projections) sight.set(projection.name, (await seen(views, projection).position()) ?? 0);
  }
  return sight;
}

function documentsOf(event: StoredEvent, sight: Sight): Projected[] {
  if (event.unknown) return [];
  return Object.values(rooms)
    .flat()
    .filter(({ events }) => events.includes(event.type))
    .flatMap(projection =>
      projection.project(event).map(({ collection, id }) => ({
        projection: projection.name,
        collection,
        id,
        seen: (sight.get(projection.name) ?? 0) >= event.position,
      })),
    );
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
      ...documents.map(
        ({ projection, collection, id, seen }) =>
          `      → ${projection}  ${collection} ${id}${seen ? '' : '  视图尚未更新到此 / the view has not come to it yet'}`,
      ),
    ]),
  ];
}
