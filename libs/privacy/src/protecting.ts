import { type EventType, type EventTypes, personalFields } from '#contracts';
import type { EventStore, NewEvent, StoredEvent } from '#event-store';
import { decryptField, encryptField, isEncrypted } from './fields.js';
import type { Keys } from './keys.js';

interface Protection {
  subjectField: string;
  fields: readonly string[];
}

/**
 * The store as a room uses it: personal fields of these types are encrypted on their way in. Nothing is decrypted on the way out,
 * so that no rule and no view ever meets personal data; `reveal` is for the one answer that shows it.
 */
export function protecting(store: EventStore, types: EventTypes, keys: Keys): EventStore {
  const protections = protectionsOf(types);
  if (protections.size === 0) return store;

  async function protect(event: NewEvent): Promise<NewEvent> {
    const protection = protections.get(event.type);
    const fields = protection?.fields.filter(field => event.data[field] !== undefined) ?? [];
    if (!protection || fields.length === 0) return event;
    const subject = subjectOf(event, protection);
    const key = await keys.makeKey(subject);
    const encrypted = fields.map(field => [field, encryptField(key, { type: event.type, field, subject }, event.data[field])]);
    return { ...event, data: { ...event.data, ...Object.fromEntries(encrypted) } };
  }
  const protectAll = (events: readonly NewEvent[]) => Promise.all(events.map(protect));

  return {
    capabilities: store.capabilities,
    append: async (stream, events, expected, options) => store.append(stream, await protectAll(events), expected, options),
    appendMany: async (appends, checks, options) =>
      store.appendMany(
        await Promise.all(appends.map(async append => ({ ...append, events: await protectAll(append.events) }))),
        checks,
        options,
      ),
    readStream: (stream, options) => store.readStream(stream, options),
    readAll: options => store.readAll(options),
    head: () => store.head(),
    streamHeads: upTo => store.streamHeads(upTo),
    wait: (after, signal) => store.wait(after, signal),
    close: () => store.close(),
  };
}

/** Whether a data subject is known by its key, without showing the key. */
export async function subjectHeld(keys: Keys, subject: string): Promise<'held' | 'erased' | 'none'> {
  const key = await keys.keyOf(subject);
  return typeof key === 'string' ? key : 'held';
}

/** `none`: nothing personal was given. `unreadable`: it was, but its key is missing without an erasure, as in a wrong backup. */
export type Held = 'none' | 'held' | 'erased' | 'unreadable';

/** What is still held of an event's personal data, without reading it. */
export async function heldOf(keys: Keys, types: EventTypes, event: Pick<StoredEvent, 'type' | 'data'>): Promise<Held> {
  const protection = protectionsOf(types).get(event.type);
  if (!protection?.fields.some(field => event.data[field] !== undefined)) return 'none';
  const held = await subjectHeld(keys, subjectOf(event, protection));
  return held === 'none' ? 'unreadable' : held;
}

/** An event's personal fields in plain text; null once its subject is erased, or where its key is missing: see `heldOf`. */
export async function reveal(
  keys: Keys,
  types: EventTypes,
  event: Pick<StoredEvent, 'type' | 'data'>,
): Promise<Record<string, unknown> | null> {
  const protection = protectionsOf(types).get(event.type);
  if (!protection) return {};
  const subject = subjectOf(event, protection);
  const key = await keys.keyOf(subject);
  if (typeof key === 'string') return null;
  const { type, data } = event;
  return Object.fromEntries(
    protection.fields
      .filter(field => isEncrypted(data[field]))
      .map(field => [field, decryptField(key, { type, field, subject }, data[field] as string)]),
  );
}

function protectionsOf(types: EventTypes): Map<string, Protection> {
  return new Map(
    Object.entries(types).flatMap(([name, type]) => {
      const fields = personalFields(type);
      return fields.length === 0 ? [] : [[name, { fields, subjectField: subjectFieldOf(name, type) }] as const];
    }),
  );
}

function subjectFieldOf(name: string, { subject }: EventType): string {
  if (subject === undefined) throw new Error(`${name} has personal fields, but no field that names their data subject`);
  return subject;
}

function subjectOf({ type, data }: Pick<NewEvent, 'type' | 'data'>, { subjectField }: Protection): string {
  const subject = data[subjectField];
  if (typeof subject !== 'string' || subject === '')
    throw new Error(`${type} holds personal data of nobody: ${subjectField} is missing`);
  return subject;
}
