import type { Lease, Paused } from './read-store.js';
import type { Connection } from './sqlite-connection.js';

export async function pause({ transaction, run }: Connection, projection: string, paused: Paused | null): Promise<void> {
  await transaction(() =>
    paused
      ? run('INSERT OR REPLACE INTO paused VALUES (?, ?, ?, ?)', projection, paused.by, paused.at, paused.reason)
      : run('DELETE FROM paused WHERE projection = ?', projection),
  );
}

export function pausedIn({ all }: Connection): Map<string, Paused> {
  const rows = all<Paused & { projection: string }>('SELECT projection, who AS "by", since AS "at", reason FROM paused');
  return new Map(rows.map(({ projection, ...paused }) => [projection, paused]));
}

export function leaseIn({ one }: Connection, name: string): Lease | null {
  return one<Lease>('SELECT owner, fence, beat, beat_at AS beatAt FROM leases WHERE name = ?', name) ?? null;
}

export function swapLease({ transaction, run }: Connection, name: string, seen: Lease | null, next: Lease): Promise<boolean> {
  const { owner, fence, beat, beatAt } = next;
  return transaction(
    () =>
      (seen
        ? run(
            `UPDATE leases SET owner = ?, fence = ?, beat = ?, beat_at = ?
             WHERE name = ? AND owner IS ? AND fence = ? AND beat = ? AND beat_at = ?`,
            ...[owner, fence, beat, beatAt, name, seen.owner, seen.fence, seen.beat, seen.beatAt],
          )
        : run('INSERT OR IGNORE INTO leases VALUES (?, ?, ?, ?, ?)', name, owner, fence, beat, beatAt)) === 1,
  );
}
