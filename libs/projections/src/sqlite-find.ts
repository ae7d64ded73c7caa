import { decodeCursor, encodeCursor, type SortKey } from './cursor.js';
import type { Filter, Find } from './projection.js';
import { expressionOf } from './sqlite-layout.js';
import { searchQuery } from './text-search.js';

export interface Located {
  table: string;
  searchTable: string;
  /** Columns of fields that have one. */
  columns: ReadonlyMap<string, string>;
}

type Value = SortKey;
/** Runs a statement: here, or where nobody waits for it meanwhile. */
type All = <T extends object>(sql: string, values: Value[]) => T[] | Promise<T[]>;

/** Pages by the sort keys of the last item (keyset), so that what is added meanwhile neither repeats nor hides anything. */
export async function find<D>(
  all: All,
  at: Located,
  { where = {}, search, sort = [], limit, after }: Find,
): Promise<{ items: D[]; next: string | null }> {
  const keys = [...sort, ['id', sort.at(-1)?.[1] ?? 'asc'] as const];
  const { conditions, values } = conditionsOf(at, where, search);
  if (conditions === null) return { items: [], next: null };
  if (after !== undefined) {
    const cursor = decodeCursor(after, keys.length);
    const alternatives = keys.map(([field, direction], depth) => {
      const same = keys.slice(0, depth).map(([before]) => `${expressionOf(at.columns, before)} IS ?`);
      const beyond = past(expressionOf(at.columns, field), direction, cursor[depth]!);
      values.push(...cursor.slice(0, depth), ...beyond.values);
      return `(${[...same, beyond.condition].join(' AND ')})`;
    });
    conditions.push(`(${alternatives.join(' OR ')})`);
  }
  const order = keys.map(([field, direction]) => `${expressionOf(at.columns, field)} ${direction.toUpperCase()}`).join(', ');
  const picked = keys.map(([field], index) => `${expressionOf(at.columns, field)} AS k${index}`).join(', ');
  const rows = await all<Record<string, SortKey>>(
    `SELECT doc, ${picked} FROM ${at.table} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`,
    [...values, limit + 1],
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(row => JSON.parse(row['doc'] as string) as D),
    next: last ? encodeCursor(keys.map((_, index) => last[`k${index}`] ?? null)) : null,
  };
}

/** Sorted after the one that the cursor names: nothing sorts before everything, and is no value that compares. */
function past(field: string, direction: 'asc' | 'desc', key: SortKey): { condition: string; values: Value[] } {
  if (key === null) return { condition: direction === 'asc' ? `${field} IS NOT NULL` : 'FALSE', values: [] };
  return direction === 'asc'
    ? { condition: `${field} > ?`, values: [key] }
    : { condition: `(${field} < ? OR ${field} IS NULL)`, values: [key] };
}

find.count = async (all: All, at: Located, { where = {}, search }: Pick<Find, 'where' | 'search'>): Promise<number> => {
  const { conditions, values } = conditionsOf(at, where, search);
  if (conditions === null) return 0;
  const rows = await all<{ total: number }>(
    `SELECT count(*) AS total FROM ${at.table} WHERE ${conditions.join(' AND ')}`,
    values,
  );
  return rows[0]!.total;
};

function conditionsOf(at: Located, where: Filter, search: string | undefined): { conditions: string[] | null; values: Value[] } {
  // What was removed stays as a row without a document.
  const conditions = ['doc IS NOT NULL'];
  const values: Value[] = [];
  for (const [field, wanted] of Object.entries(where)) {
    if (wanted === undefined) continue;
    if (wanted === null) conditions.push(`${expressionOf(at.columns, field)} IS NULL`);
    else if (typeof wanted !== 'object') {
      conditions.push(`${expressionOf(at.columns, field)} = ?`);
      values.push(typeof wanted === 'boolean' ? Number(wanted) : wanted);
    } else if ('in' in wanted) {
      conditions.push(`${expressionOf(at.columns, field)} IN (SELECT value FROM json_each(?))`);
      values.push(JSON.stringify(wanted.in));
    } else {
      for (const [name, value] of Object.entries(wanted) as [keyof typeof operators, Value | undefined][]) {
        if (value === undefined) continue;
        conditions.push(`${expressionOf(at.columns, field)} ${operators[name]} ?`);
        values.push(value);
      }
    }
  }
  if (search !== undefined && search.trim() !== '') {
    const query = searchQuery(search);
    if (query === null) return { conditions: null, values };
    conditions.push(`rowid IN (SELECT rowid FROM ${at.searchTable} WHERE ${at.searchTable} MATCH ?)`);
    values.push(query);
  }
  return { conditions, values };
}

const operators = { lt: '<', lte: '<=', gt: '>', gte: '>=' };
