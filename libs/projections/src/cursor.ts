import { InvalidCursor } from './projection.js';

/** Of the last document of a page: what it was sorted by, and its id. */
export type SortKey = string | number | null;

export function encodeCursor(keys: readonly SortKey[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** @throws InvalidCursor */
export function decodeCursor(cursor: string, length: number): SortKey[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(keys) && keys.length === length && keys.every(isSortKey) && typeof keys.at(-1) === 'string') return keys;
  } catch {
    // falls through to the one error there is
  }
  throw new InvalidCursor(cursor);
}

function isSortKey(key: unknown): key is SortKey {
  return key === null || typeof key === 'string' || typeof key === 'number';
}
