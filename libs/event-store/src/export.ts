import { z } from 'zod';
import { type EventStore, PositionUnknown, type StoredEvent } from './port.js';
import { eachEvent } from './subscribe.js';

export const exportFormat = 'gongkai-export-1';

/*
 * JSON lines, UTF-8: a header, one event a line in the log's order, and an end, without which something is missing. What is
 * encrypted stays so: the keys are not in it.
 */
const place = z.strictObject({ position: z.number(), stream: z.string(), revision: z.number(), hash: z.string() });
const headerSchema = z.strictObject({
  format: z.literal(exportFormat),
  /** Begins with the first event at or after this position. */
  from: z.number().int().positive(),
  /** The event before the first one; null: the first one is the log's first. */
  after: place.nullable(),
  /** Of whoever exports, for whoever imports. */
  about: z.record(z.string(), z.unknown()),
});
const eventSchema = z.strictObject({
  position: z.number().int().positive(),
  stream: z.string(),
  revision: z.number().int().nonnegative(),
  id: z.string(),
  type: z.string(),
  version: z.number().int().positive(),
  data: z.record(z.string(), z.unknown()),
  metadata: z.looseObject({}),
  previousHash: z.string(),
  hash: z.string(),
});
const endSchema = z.strictObject({ end: z.strictObject({ position: z.number() }) });

/** What every export begins with. */
export const exportBeginning = `{"format":"${exportFormat}"`;

export type ExportHeader = z.infer<typeof headerSchema>;
export type ExportLine = { header: ExportHeader } | { event: StoredEvent } | { end: { position: number } };

/** Null where a line is none of an export. */
export function parseExportLine(text: string): ExportLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const event = eventSchema.safeParse(value);
  // What was parsed, not what the schema made of it: the order of the fields is part of the bytes.
  if (event.success) return { event: value as StoredEvent };
  const header = headerSchema.safeParse(value);
  if (header.success) return { header: header.data };
  const end = endSchema.safeParse(value);
  return end.success ? end.data : null;
}

/** The header of an export that begins with the first event at or after `from`. */
export async function exportHeader(store: EventStore, from: number, about: ExportHeader['about']): Promise<string> {
  const before = from <= 1 ? undefined : await lastBefore(store, from);
  const after = before && { position: before.position, stream: before.stream, revision: before.revision, hash: before.hash };
  return `${JSON.stringify({ format: exportFormat, from, after: after ?? null, about } satisfies ExportHeader)}\n`;
}

/** Pages of lines after a position, then the end: what was stored when it began. */
export async function* exportLines(
  store: EventStore,
  after: number,
): AsyncGenerator<{ text: string; events: number; position: number; head: number }> {
  const head = await store.head();
  let [text, events, position] = ['', 0, after];
  const start = after === 0 ? after : ((await lastBefore(store, after + 1))?.position ?? 0);
  for await (const event of eachEvent(store, { after: start, upTo: head })) {
    text += lineOf(event);
    ({ position } = event);
    if (++events < pageEvents && text.length < pageLength) continue;
    yield { text, events, position, head };
    [text, events] = ['', 0];
  }
  yield { text: `${text}${JSON.stringify({ end: { position } })}\n`, events, position, head };
}

const pageEvents = 500;
const pageLength = 1_000_000;

function lineOf({ position, stream, revision, id, type, version, data, metadata, previousHash, hash }: StoredEvent): string {
  return `${JSON.stringify({ position, stream, revision, id, type, version, data, metadata, previousHash, hash })}\n`;
}

/** Where positions have no holes it is the one before; elsewhere, between two events, it has to be looked for. */
async function lastBefore(store: EventStore, from: number): Promise<StoredEvent | undefined> {
  const direct = await eventAt(store, from - 1);
  if (direct) return direct;
  let last: StoredEvent | undefined;
  for await (const event of eachEvent(store, { after: 0, upTo: from - 1 })) last = event;
  return last;
}

export async function eventAt(store: EventStore, position: number): Promise<StoredEvent | undefined> {
  try {
    const { events } = await store.readAll({ after: position - 1, limit: 1 });
    return events[0]?.position === position ? events[0] : undefined;
  } catch (error) {
    if (error instanceof PositionUnknown) return undefined;
    throw error;
  }
}
