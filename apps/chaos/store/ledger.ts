import { createHash } from 'node:crypto';
import { eventHash, noHash } from '#event-store';
import { openDatabase } from '#sqlite';
import type { Attempt } from './work.js';
import type { Report } from './writer.js';

type Appended = { revision: number; position: number; idempotent: boolean };

/** An attempt and what its caller heard of it: nothing, where it was killed first. */
export interface Entry {
  attempt: Attempt;
  heard?: { acknowledged: Appended[] } | { refused: string };
}

/** What went wrong, a sentence each. */
export interface Faults {
  /** Acknowledged and not there. */
  lost: string[];
  /** There, though nobody attempted it or its caller was told that it was not stored. */
  phantom: string[];
  /** There, but not as it was attempted and acknowledged: other bytes, another place, in part, twice, a broken chain. */
  differ: string[];
}

interface Place {
  revision: number;
  position: number;
}

interface Row {
  position: number;
  stream: string;
  revision: number;
  id: string;
  type: string;
  version: number;
  data: string;
  metadata: string;
  previous_hash: string;
  hash: string;
}

/** Everything that was attempted since the last look, beside the rows that the file holds, read past the store. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  private readonly heads = new Map<string, { revision: number; hash: string }>();
  private seen = 0;
  private readonly digest = createHash('sha256');

  constructor(
    private readonly file: string,
    private readonly faults: Faults,
  ) {}

  note(report: Report): void {
    if ('attempt' in report) return void this.entries.set(report.attempt.name, { attempt: report.attempt });
    if (!('name' in report)) return;
    const entry = this.entries.get(report.name);
    if (entry) entry.heard = report;
    else this.faults.phantom.push(`${report.name}: answered and never attempted`);
  }

  /** New rows in the order of the log, each judged by itself; then every attempt by its rows. Returns which are there. */
  async look(): Promise<Set<string>> {
    const found = new Map<string, Row[]>();
    const rows = await this.read<Row>('SELECT * FROM events WHERE position > ? ORDER BY position', this.seen);
    let before: string | undefined;
    for (const row of rows) {
      this.seen = row.position;
      this.digest.update(`${row.position} ${row.hash}\n`);
      this.chained(row);
      const { commandId: name } = JSON.parse(row.metadata) as { commandId: string };
      const entry = this.entries.get(name);
      if (!entry) this.faults.phantom.push(`${row.stream} ${row.revision} (${row.id}) is there and was never attempted`);
      else if (found.has(name) && before !== name) this.faults.differ.push(`${name}: its events do not stand together`);
      before = name;
      found.set(name, [...(found.get(name) ?? []), row]);
    }
    for (const [name, entry] of this.entries) this.judge(entry, found.get(name) ?? []);
    return new Set(found.keys());
  }

  private chained({ stream, revision, id, type, version, data, metadata, previous_hash: previous, hash }: Row): void {
    const head = this.heads.get(stream) ?? { revision: -1, hash: noHash };
    if (revision !== head.revision + 1) this.faults.differ.push(`${stream}: revision ${revision} comes after ${head.revision}`);
    if (previous !== head.hash || hash !== eventHash(previous, { stream, revision, id, type, version }, data, metadata)) {
      this.faults.differ.push(`${stream} ${revision}: the hash chain does not hold`);
    }
    this.heads.set(stream, { revision, hash });
  }

  private judge({ attempt: { name, appends, contended }, heard }: Entry, rows: readonly Row[]): void {
    const { lost, phantom, differ } = this.faults;
    const wanted = appends.flatMap(({ stream, events }) => events.map(event => ({ stream, event })));
    if (heard && 'refused' in heard) {
      if (rows.length > 0) phantom.push(`${name}: refused (${heard.refused}) and there`);
      if (!contended || heard.refused !== 'WrongExpectedRevision') differ.push(`${name}: refused: ${heard.refused}`);
      return;
    }
    if (heard && rows.length < wanted.length) lost.push(`${name}: acknowledged, ${rows.length} of ${wanted.length} events there`);
    if (rows.length === 0) return;
    const same = wanted.length === rows.length && wanted.every(({ stream, event }, index) => isRow(stream, event, rows[index]!));
    if (!same) differ.push(`${name}: ${rows.length} of ${wanted.length} events there, or other bytes`);
    else if (heard) {
      const last = appends.map(({ stream }) => rows.findLast(row => row.stream === stream)!);
      const exact = heard.acknowledged.every(
        ({ revision, position, idempotent }, index) =>
          !idempotent && revision === last[index]!.revision && position === last[index]!.position,
      );
      if (!exact) differ.push(`${name}: acknowledged elsewhere: ${JSON.stringify(heard.acknowledged)}`);
    }
  }

  /** Where the last event of each append of an attempt stands; undefined where it is not there exactly once. */
  async placesOf({ appends }: Attempt): Promise<(Place | undefined)[]> {
    const ids = appends.map(({ events }) => events.at(-1)!.id);
    const rows = await this.read<Place & { id: string }>(
      `SELECT id, revision, position FROM events WHERE id IN (${ids.map(() => '?')})`,
      ...ids,
    );
    return ids.map(id => {
      const [place, ...more] = rows.filter(row => row.id === id);
      return more.length === 0 ? place : undefined;
    });
  }

  /** Every row that was ever seen is still there, and nothing before it that was not. */
  async checkAll(): Promise<void> {
    const digest = createHash('sha256');
    const sql = 'SELECT position, hash FROM events WHERE position <= ? ORDER BY position';
    for (const { position, hash } of await this.read<Row>(sql, this.seen)) digest.update(`${position} ${hash}\n`);
    if (digest.digest('hex') !== this.digest.copy().digest('hex')) this.faults.lost.push('what was there is not, or is another');
    const [answer] = await this.read<{ integrity_check: string }>('PRAGMA integrity_check');
    if (answer?.integrity_check !== 'ok') this.faults.differ.push(`the file: ${answer?.integrity_check}`);
  }

  /** Opened for each look: a connection that stays would spare the writers the recovery of what the dead left behind. */
  private async read<T>(sql: string, ...parameters: (string | number)[]): Promise<T[]> {
    const db = await openDatabase(this.file, { durability: 'full', readOnly: true });
    try {
      return db.prepare(sql).all(...parameters) as unknown as T[];
    } finally {
      db.close();
    }
  }
}

function isRow(stream: string, event: Attempt['appends'][number]['events'][number], row: Row): boolean {
  return (
    row.stream === stream &&
    row.id === event.id &&
    row.type === event.type &&
    row.version === event.version &&
    row.data === JSON.stringify(event.data) &&
    row.metadata === JSON.stringify(event.metadata)
  );
}
