import { z } from 'zod';
import type { EventType, EventTypes } from './events.js';

/** What events look like as they are stored: by type and version, as JSON Schema. Kept in `libs/contracts/event-schemas.json`. */
export type StoredSchemas = Record<string, Record<number, unknown>>;

export interface SchemaChanges {
  /** What must not be, one bilingual sentence each. */
  wrong: string[];
  /** `<type> <version>` that are not recorded yet. */
  fresh: string[];
  /** The recorded schemas with the fresh ones. */
  next: StoredSchemas;
}

/** What an event may look like, without what is only said about it. */
export function schemaOf({ data, subject }: EventType): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(data, {
    override({ jsonSchema }) {
      for (const said of ['title', 'description', 'example', 'examples'] as const) delete jsonSchema[said];
      // The format says it; the pattern is the validator's own and may become another with its next release.
      if (jsonSchema.format) delete jsonSchema.pattern;
      jsonSchema.required?.sort();
      jsonSchema.enum?.sort();
    },
  });
  return JSON.parse(JSON.stringify(subject === undefined ? schema : { ...schema, subject }));
}

/** A schema that was recorded is for good: whatever is stored under its version was written by it. */
export function compareSchemas(recorded: StoredSchemas, types: EventTypes): SchemaChanges {
  const wrong: string[] = [];
  const fresh: string[] = [];
  const next = structuredClone(recorded);
  for (const [name, versions] of Object.entries(recorded)) {
    const latest = Math.max(...Object.keys(versions).map(Number));
    const now = types[name]?.version ?? 0;
    if (now < latest) {
      wrong.push(
        `${name} 已有第 ${latest} 版，程序却只认到第 ${now} 版；存储过的类型和版本不能去掉。 / ${name} has been stored as version ${latest}, but only version ${now} is known now; a type or version that was stored cannot be taken away.`,
      );
    }
  }
  for (const [name, type] of Object.entries(types)) {
    const { version } = type;
    const before = recorded[name]?.[version];
    const now = schemaOf(type);
    if (before === undefined) {
      fresh.push(`${name} ${version}`);
      next[name] = { ...next[name], [version]: now };
      continue;
    }
    const where = difference(before, now);
    if (where === undefined) continue;
    wrong.push(
      `${name} 第 ${version} 版的结构变了（${where}）；请改为第 ${version + 1} 版并写出转换函数。 / The schema of ${name} version ${version} changed (${where}); give it version ${version + 1} and an upcaster.`,
    );
  }
  return { wrong, fresh, next: Object.fromEntries(Object.entries(next).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Way to the first thing that is not the same, or nothing. */
function difference(before: unknown, now: unknown, at = 'data'): string | undefined {
  if (before === now) return undefined;
  if (typeof before !== 'object' || typeof now !== 'object' || before === null || now === null) return at;
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const inner = difference(before[key as never], now[key as never], `${at}.${key}`);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
