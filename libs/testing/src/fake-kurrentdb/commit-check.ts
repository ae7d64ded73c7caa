import type { Expectation, Stored } from './log.js';

/** `$tb` of a soft-deleted stream, and the revision of a tombstone. */
export const DELETED = 9_223_372_036_854_775_807n;

/** What the log knows of one stream. */
export interface StreamState {
  readonly name: string;
  readonly records: Stored[];
  /** The first revision that may be read; `DELETED` when softly deleted. */
  truncateBefore: bigint;
  tombstoned: boolean;
}

/** Where an event id was last written; forgotten at a restart, as the server's cache is. */
export type KnownIds = ReadonlyMap<string, { stream: string; revision: bigint }>;

export type Decision =
  | { kind: 'write'; undelete: boolean }
  | { kind: 'known'; revision: bigint }
  | { kind: 'wrong-expected-version'; current: bigint }
  | { kind: 'stream-deleted' };

/** The server's order of checks before it writes, which is where its idempotency lives. */
export function checkCommit(
  stream: StreamState,
  expected: Expectation,
  ids: readonly string[],
  knownIds: KnownIds,
  hasMetadata: boolean,
): Decision {
  const current = BigInt(stream.records.length) - 1n;
  const softDeleted = stream.truncateBefore === DELETED;
  const wrong: Decision = { kind: 'wrong-expected-version', current };
  const write: Decision = { kind: 'write', undelete: softDeleted };

  if (stream.tombstoned) return { kind: 'stream-deleted' };
  if (expected === 'stream_exists') {
    if (softDeleted) return { kind: 'stream-deleted' };
    if (current < 0n && !hasMetadata) return wrong;
  }
  if (expected === 'any' || expected === 'stream_exists') return byCache() ?? write;

  const revision = expected === 'no_stream' ? -1n : expected;
  if (revision > current) return wrong;
  if (revision === current) return write;
  return byStoredEvents(revision);

  // Without a revision the server has only a bounded cache of ids: it looks neither at their order nor at gaps.
  function byCache(): Decision | undefined {
    let revision: bigint | undefined;
    for (const id of ids) {
      const known = knownIds.get(id);
      if (known?.stream !== stream.name) return revision === undefined ? undefined : wrong;
      revision = known.revision;
    }
    return revision === undefined ? undefined : { kind: 'known', revision };
  }

  function byStoredEvents(from: bigint): Decision {
    let revision = from;
    for (const id of ids) {
      revision += 1n;
      if (stream.records[Number(revision)]?.id === id) continue;
      const first = revision === from + 1n;
      return first && expected === 'no_stream' && softDeleted ? write : wrong;
    }
    return revision === from ? wrong : { kind: 'known', revision };
  }
}
