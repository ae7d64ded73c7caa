import { decodeCursor, encodeCursor, type SortKey } from './cursor.js';
import { pathOf } from './mongo-indexes.js';
import type { KeptBson } from './mongo-registry.js';
import type { Filter, Find } from './projection.js';
import { soughtIn } from './text-search.js';

type Condition = Record<string, unknown>;

/** A query as MongoDB's filter and order, with the same answers and the same cursors as on SQLite. Null: nothing can match. */
export function queryOf({ where = {}, search, sort = [], after }: Omit<Find, 'limit'>): {
  filter: Condition;
  order: Record<string, 1 | -1>;
} | null {
  const keys = keysOf(sort);
  const conditions = conditionsOf(where, search);
  if (!conditions) return null;
  if (after !== undefined) conditions.push(past(keys, decodeCursor(after, keys.length)));
  return {
    filter: { $and: conditions },
    order: Object.fromEntries(firstNamed(keys).map(([field, direction]) => [pathOf(field), direction === 'asc' ? 1 : -1])),
  };
}

type Keys = readonly (readonly [field: string, direction: 'asc' | 'desc'])[];

function keysOf(sort: NonNullable<Find['sort']>): Keys {
  return [...sort, ['id', sort.at(-1)?.[1] ?? 'asc'] as const];
}

/** A field that is named again decides nothing more. */
function firstNamed(keys: Keys): Keys {
  return keys.filter(([field], index) => keys.findIndex(([before]) => before === field) === index);
}

/** Sorted after the one that the cursor names: nothing sorts before everything. */
function past(keys: Keys, cursor: readonly SortKey[]): Condition {
  const alternatives = keys.flatMap(([field, direction], depth) => {
    const path = pathOf(field);
    const key = cursor[depth]!;
    const beyond =
      direction === 'asc'
        ? { [path]: key === null ? { $ne: null } : { $gt: key } }
        : key === null
          ? null
          : { $or: [{ [path]: { $lt: key } }, { [path]: null }] };
    return beyond
      ? [{ $and: [...keys.slice(0, depth).map(([same], index) => equals(pathOf(same), cursor[index]!)), beyond] }]
      : [];
  });
  return { $or: alternatives };
}

export function cursorOf({ sort = [] }: Pick<Find, 'sort'>, last: KeptBson): string {
  return encodeCursor(
    keysOf(sort).map(([field]) => {
      if (field === 'id') return last._id;
      const value = field.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], last.doc);
      return typeof value === 'boolean' ? Number(value) : ((value as SortKey | undefined) ?? null);
    }),
  );
}

function conditionsOf(where: Filter, search: string | undefined): Condition[] | null {
  // What was removed stays as a document of ours without one of the view's.
  const conditions: Condition[] = [{ doc: { $ne: null } }];
  for (const [field, wanted] of Object.entries(where)) {
    const path = pathOf(field);
    if (wanted === undefined) continue;
    if (wanted === null || typeof wanted !== 'object') conditions.push(equals(path, wanted));
    else if ('in' in wanted) conditions.push({ [path]: { $in: wanted.in.flatMap(alike) } });
    else {
      for (const [name, value] of Object.entries(wanted))
        if (value !== undefined) conditions.push({ [path]: { [`$${name}`]: value } });
    }
  }
  if (search !== undefined && search.trim() !== '') {
    const sought = soughtIn(search);
    if (sought.length === 0) return null;
    for (const one of sought) {
      // Letters and digits only: nothing in it means anything else to a regular expression.
      if ('beginning' in one) conditions.push({ tokens: { $regex: `^${one.beginning}` } });
      else {
        conditions.push({ tokens: { $all: one.pairs } });
        // The pairs may stand apart; the text says whether they stand one after another.
        if (one.pairs.length > 1) conditions.push({ text: { $regex: one.phrase } });
      }
    }
  }
  return conditions;
}

function equals(path: string, value: string | number | boolean | null): Condition {
  if (value === null) return { [path]: null };
  const same = alike(value);
  return { [path]: same.length === 1 ? same[0] : { $in: same } };
}

/** Yes and no are 1 and 0 in SQLite, in either direction. */
function alike(value: string | number | boolean): (string | number | boolean)[] {
  if (value === true || value === 1) return [true, 1];
  return value === false || value === 0 ? [false, 0] : [value];
}
