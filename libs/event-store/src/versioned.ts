import type { EventType, EventTypes } from '#contracts';
import { z } from 'zod';
import {
  type Appended,
  type CallOptions,
  CorruptEvent,
  type EventStore,
  type Expected,
  InvalidAppend,
  type NewEvent,
  type StoredEvent,
  type StreamAppend,
  type StreamCheck,
  streamDeletedType,
} from './port.js';

/** An event whose version nobody but the registry knows. */
export type PlainEvent = Omit<NewEvent, 'version'>;
export type PlainAppend = Omit<StreamAppend, 'events'> & { events: readonly PlainEvent[] };

/** A store that knows the types of events that pass through it: what is written is today's version, and so is what is read. */
export interface VersionedStore extends EventStore {
  readonly types: EventTypes;
  /** @throws InvalidEvent besides what the port says; nothing was stored */
  append(stream: string, events: readonly PlainEvent[], expected: Expected, options?: CallOptions): Promise<Appended>;
  appendMany(appends: readonly PlainAppend[], checks?: readonly StreamCheck[], options?: CallOptions): Promise<Appended[]>;
}

/** The store's own types of event, in every registry. */
export const storeEvents = {
  [streamDeletedType]: { version: 1, data: z.strictObject({ kind: z.enum(['soft', 'hard']), why: z.string() }) },
} satisfies EventTypes;

/**
 * The store as those see it who know these types. Appended data must match its type's schema. Stored events of an older version
 * are read as today's, through the chain of upcasters, and not checked again: history cannot be refused. What this program does
 * not know comes as it is stored, marked `unknown`.
 * @throws Error where a chain of upcasters has a gap
 */
export function versioned(store: EventStore, types: EventTypes): VersionedStore {
  const known = new Map<string, EventType>(Object.entries({ ...storeEvents, ...types }));
  for (const [name, { version, upcasts = {} }] of known) {
    for (let from = 1; from < version; from++) {
      if (!upcasts[from]) throw new Error(`${name} is at version ${version}, but has no upcaster from version ${from}`);
    }
  }
  const stamp = (stream: string, event: PlainEvent): NewEvent => {
    const type = known.get(event.type);
    if (!type) throw new InvalidEvent(`${stream}: ${event.type} is not among the known types of events`);
    const data = withoutUndefined(event.data) as Record<string, unknown>;
    const { error } = type.data.safeParse(data);
    if (error) throw new InvalidEvent(`${stream}: ${event.type} version ${type.version}: ${faultsOf(error)}`);
    return { ...event, version: type.version, data };
  };
  const read = (event: StoredEvent): StoredEvent => {
    const type = known.get(event.type);
    if (type?.version === event.version) return event;
    if (!type || type.version < event.version) return { ...event, unknown: true };
    return upcast(event, type);
  };
  return {
    types,
    get capabilities() {
      return store.capabilities;
    },
    append: async (stream, events, expected, options) =>
      store.append(
        stream,
        events.map(event => stamp(stream, event)),
        expected,
        options,
      ),
    appendMany: async (appends, checks, options) =>
      store.appendMany(
        appends.map(append => ({ ...append, events: append.events.map(event => stamp(append.stream, event)) })),
        checks,
        options,
      ),
    readStream: async (stream, options) => (await store.readStream(stream, options)).map(read),
    async readAll(options) {
      const slice = await store.readAll(options);
      return { ...slice, events: slice.events.map(read) };
    },
    head: () => store.head(),
    streamHeads: upTo => store.streamHeads(upTo),
    wait: (after, signal) => store.wait(after, signal),
    close: () => store.close(),
  };
}

function upcast(event: StoredEvent, { version, upcasts }: EventType): StoredEvent {
  let { data } = event;
  try {
    for (let from = event.version; from < version; from++) data = upcasts![from]!(data);
  } catch (error) {
    throw new CorruptEvent(event.stream, event.revision, event.position, error);
  }
  return { ...event, version, data };
}

/** What a rule leaves undefined is absent in JSON, so what is checked is what is stored. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, withoutUndefined(inner)]])),
  );
}

function faultsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${['data', ...path.map(String)].join('.')}: ${message}`).join('; ');
}

/** A fault of ours: a rule decided an event that is not what its type's schema says. Nothing was stored. */
export class InvalidEvent extends InvalidAppend {
  override readonly name = 'InvalidEvent';
}

/** Met by whoever folds: leaving the event out would answer as if it had not happened. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  readonly zh: string;
  readonly en: string;
  constructor({ stream, revision, type, version }: StoredEvent) {
    const zh = `${stream} 的第 ${revision} 号事件是 ${type} 第 ${version} 版，本程序不认识：它由更新的程序写成。事件完好，未被跳过；请升级本程序。`;
    const en = `Event ${revision} of ${stream} is ${type} version ${version}, which this program does not know: a newer one wrote it. It is safe and was not skipped; upgrade the program.`;
    super(`${zh} / ${en}`);
    this.zh = zh;
    this.en = en;
  }
}

/** The events, for whoever folds them. @throws UnknownEvent */
export function allKnown(events: readonly StoredEvent[]): readonly StoredEvent[] {
  const unknown = events.find(event => event.unknown);
  if (unknown) throw new UnknownEvent(unknown);
  return events;
}
