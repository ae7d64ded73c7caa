import type { z } from 'zod';

/**
 * One type of event as it is written today, and how what was written before is read. `upcasts[n]` turns data of version n into
 * data of version n + 1; they chain. A stored schema never changes without a new version: `npm run check` compares.
 */
export interface EventType {
  version: number;
  data: z.ZodObject;
  upcasts?: Readonly<Record<number, (data: Record<string, unknown>) => Record<string, unknown>>>;
  /** The field of `data` that names the data subject whose key encrypts the fields marked `personal`. */
  subject?: string;
}

export type EventTypes = Readonly<Record<string, EventType>>;

/** The events of these types, or of those named, as rules and projections see them: as they are written today. */
export type EventOf<T extends EventTypes, Name extends keyof T & string = keyof T & string> = {
  [N in Name]: { type: N; data: z.infer<T[N]['data']> };
}[Name];

/**
 * Marks a top-level field as personal. Of an event's data: stored encrypted with the key of the event's data subject, and never
 * readable once that subject is erased (个人信息保护法 Art. 47). Of an operation's input: sealed on the bus.
 */
export function personal<T extends z.ZodType>(schema: T): T {
  return schema.meta({ personal: true }) as T;
}

/** Names of the personal fields of a type of event, or of an operation's input. */
export function personalFields({ data }: Pick<EventType, 'data'>): string[] {
  return Object.entries(data.shape)
    .filter(([, field]) => isPersonal(field as z.ZodType))
    .map(([name]) => name);
}

/** The mark holds whether `optional` or `nullable` stands inside or outside of it. */
function isPersonal(schema: z.ZodType): boolean {
  if (schema.meta()?.['personal'] === true) return true;
  const inner = (schema as { unwrap?: () => z.ZodType }).unwrap;
  return typeof inner === 'function' && isPersonal(inner.call(schema));
}
