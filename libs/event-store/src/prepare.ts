import { EventTooLarge, InvalidAppend, type NewEvent, type StreamAppend, type StreamCheck, streamDeletedType } from './port.js';

const streamName = /^[a-z]+\.[a-z-]+-[A-Za-z0-9._-]{1,200}$/;
const typeName = /^[A-Z][A-Za-z0-9]{0,99}$/;
const eventId = /^[A-Za-z0-9._:-]{1,100}$/;

/**
 * Bytes of one append, data and metadata of all its events: the smallest limit among the engines (KurrentDB takes 1,048,576
 * bytes a call) less what an adapter adds. Counted before sending, so that one oversized append cannot fail its neighbours.
 */
export const appendMaxBytes = 1_000_000;
const perEventBytes = 400;
const depthMax = 100;

/** An append as text, ready to be hashed and stored. */
export interface Prepared {
  stream: string;
  expected: StreamAppend['expected'];
  events: PreparedEvent[];
}

export interface PreparedEvent {
  id: string;
  type: string;
  version: number;
  data: string;
  metadata: string;
}

/** Whether it is a name that anything was ever stored under. */
export function isStreamName(stream: string): boolean {
  return typeof stream === 'string' && streamName.test(stream);
}

/** What every engine would have to check, before any I/O. @throws InvalidAppend, EventTooLarge */
export function prepare(stream: string, events: readonly NewEvent[], expected: StreamAppend['expected']): Prepared {
  checkNamed(stream);
  checkExpected(stream, expected, ['none', 'exists', 'any']);
  if (!Array.isArray(events) || events.length === 0) {
    throw new InvalidAppend(`${stream}: an append needs at least one event`);
  }
  if (events.length > 1 && new Set(events.map(event => event.id)).size !== events.length) {
    throw new InvalidAppend(`${stream}: event ids repeat`);
  }
  const prepared = events.map((event, index) => {
    const written = prepareEvent(stream, event);
    if (event.type === streamDeletedType && index < events.length - 1) {
      throw new InvalidAppend(`${stream}: ${streamDeletedType} is the last event of its append`);
    }
    return written;
  });
  const bytes = bytesOf(prepared);
  if (bytes > appendMaxBytes) {
    const what = events.length === 1 ? events[0]!.type : `${events.length} events`;
    throw new EventTooLarge(`${stream}: ${what}: ${bytes} bytes; the limit of an append is ${appendMaxBytes}`);
  }
  return { stream, expected, events: prepared };
}

/** At most three bytes a UTF-16 unit: only what might be too large is counted exactly. */
function bytesOf(events: readonly PreparedEvent[]): number {
  const most = events.reduce((sum, { data, metadata }) => sum + 3 * (data.length + metadata.length) + perEventBytes, 0);
  if (most <= appendMaxBytes) return most;
  return events.reduce(
    (sum, { data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata) + perEventBytes,
    0,
  );
}

/** The same for what an append to several streams expects of streams that it does not write. @throws InvalidAppend */
export function prepareChecks(checks: readonly StreamCheck[]): void {
  for (const { stream, expected } of checks) {
    checkNamed(stream);
    checkExpected(stream, expected, ['none', 'exists']);
  }
}

function checkNamed(stream: string): void {
  if (isStreamName(stream)) return;
  throw new InvalidAppend(`Not a stream name (<room>.<aggregate>-<id>): ${JSON.stringify(String(stream).slice(0, 250))}`);
}

function checkExpected(stream: string, expected: StreamAppend['expected'], words: readonly string[]): void {
  const known = typeof expected === 'number' ? Number.isSafeInteger(expected) && expected >= 0 : words.includes(expected);
  if (!known) throw new InvalidAppend(`${stream}: not an expectation: ${String(expected).slice(0, 100)}`);
}

function prepareEvent(stream: string, { id, type, version, data, metadata }: NewEvent): PreparedEvent {
  if (typeof id !== 'string' || !eventId.test(id))
    throw new InvalidAppend(`${stream}: not an event id: ${String(id).slice(0, 100)}`);
  if (typeof type !== 'string' || !typeName.test(type)) {
    throw new InvalidAppend(`${stream}: not an event type: ${String(type).slice(0, 100)}`);
  }
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidAppend(`${stream}: not a version of ${type}: ${version}`);
  const room = { left: appendMaxBytes };
  for (const [part, value] of [
    ['data', data],
    ['metadata', metadata],
  ] as const) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidAppend(`${stream}: ${part} of ${type} is not an object`);
    }
    const fault = notJson(value, 0, room);
    if (room.left < 0) throw new EventTooLarge(`${stream}: ${type}: more than the ${appendMaxBytes} bytes of an append`);
    if (fault !== undefined) throw new InvalidAppend(`${stream}: ${type}: ${part}${fault}`);
  }
  return { id, type, version, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}

/**
 * Why the value would not come back as it went in, with the way to it, or nothing. It ends as soon as the text would not fit:
 * a value that holds another many times over can be endless without holding itself.
 */
function notJson(value: unknown, depth: number, room: { left: number }): string | undefined {
  room.left -= typeof value === 'string' ? value.length : 1;
  if (room.left < 0) return '';
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : ' holds a lone surrogate';
    case 'number':
      return Number.isFinite(value) ? undefined : ` is ${value}`;
    case 'boolean':
      return undefined;
    case 'object':
      break;
    default:
      return ` is ${typeof value === 'bigint' ? 'a BigInt' : typeof value}, which JSON cannot hold`;
  }
  if (value === null) return undefined;
  if (depth > depthMax) return ' is nested too deep, or holds itself';
  const list = Array.isArray(value);
  if (!list && !isPlain(value)) return ' is no plain object';
  let keys = 0;
  for (const key in value) {
    keys += 1;
    room.left -= list ? 0 : key.length;
    if (!key.isWellFormed()) return ' has a key with a lone surrogate';
    const fault = notJson((value as Record<string, unknown>)[key], depth + 1, room);
    if (fault !== undefined) return `.${key.slice(0, 100)}${fault}`;
  }
  return list && keys !== value.length ? ' has gaps, or names of its own' : undefined;
}

/** A Map, a Date or an object of a class is written as something else than it is. In any realm a plain prototype has none. */
function isPlain(value: object): boolean {
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
