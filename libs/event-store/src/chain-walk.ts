import { eventHash, noHash } from './chain.js';
import type { Unreadable } from './kept-events.js';
import type { KeptEvent, StreamHead } from './port.js';

/**
 * - `changed`: the bytes of an event, or its hash, are not what was stored
 * - `unreadable`: no event can be read there
 * - `removed`: events are missing, from a stream or from the log's positions
 * - `swapped`: an event stands before its predecessor
 * - `cut`: the log ends before it did
 * - `damaged`: the file itself, beside its events
 * - `anchor-invalid`: what was given as an anchor is none, was changed, or a foreign key signed it
 * - `anchor-mismatch`: the log up to there is not the one that was anchored
 */
export interface Finding {
  kind: 'changed' | 'unreadable' | 'removed' | 'swapped' | 'cut' | 'damaged' | 'anchor-invalid' | 'anchor-mismatch';
  /** Where it is, or where it was noticed. */
  position?: number;
  stream?: string;
  revision?: number;
  /** How many events are missing. */
  events?: number;
  anchor?: string;
  why?: string;
}

interface Head {
  revision: number;
  hash: string;
  position: number;
  /** Something was found here already: what follows from it is not told again. */
  faulty?: true;
}

interface Missing {
  from: number;
  to: number;
  position: number;
}

/** Walks events in the log's order and keeps where every stream stands: memory grows with streams, not with events. */
export function chainWalk(found: (finding: Finding) => void) {
  const heads = new Map<string, Head>();
  const missing = new Map<string, Missing[]>();

  /** An event that came too late fills a hole that was taken for a removal. */
  function fill(stream: string, revision: number): void {
    const ranges = missing.get(stream) ?? [];
    const left = ranges.flatMap(range => {
      if (revision < range.from || revision > range.to) return [range];
      const parts = [
        { ...range, to: revision - 1 },
        { ...range, from: revision + 1 },
      ];
      return parts.filter(({ from, to }) => from <= to);
    });
    if (left.length > 0) missing.set(stream, left);
    else missing.delete(stream);
  }

  function step(event: KeptEvent): void {
    const { stream, revision, position, previousHash, hash } = event;
    const sound = eventHash(previousHash, event, event.data, event.metadata) === hash;
    const last = heads.get(stream) ?? { revision: -1, hash: noHash, position };
    let faulty = !sound;
    if (!sound) found({ kind: isJson(event) ? 'changed' : 'unreadable', position, stream, revision });
    if (revision <= last.revision) {
      found({ kind: 'swapped', position, stream, revision });
      return fill(stream, revision);
    }
    if (revision > last.revision + 1) {
      missing.set(stream, [...(missing.get(stream) ?? []), { from: last.revision + 1, to: revision - 1, position }]);
    } else if (sound && previousHash !== last.hash && !last.faulty) {
      // A rewritten event may carry a hash that fits it; the one that came after it remembers another.
      const rewritten = last.revision < 0 ? { position, revision } : { position: last.position, revision: last.revision };
      found({ kind: 'changed', stream, ...rewritten, why: 'rewritten' });
      faulty = last.revision < 0;
    }
    heads.set(stream, { revision, hash, position, ...(faulty ? { faulty: true } : {}) });
  }

  return {
    step,
    passOver({ stream, revision, position, why }: Unreadable): void {
      found({ kind: 'unreadable', position, stream, revision, why });
      heads.set(stream, { revision, hash: noHash, position, faulty: true });
    },
    get streams() {
      return heads.size;
    },
    /** By name, in code unit order, as the port gives them. */
    heads(): StreamHead[] {
      return [...heads.keys()].sort().map(stream => ({ stream, ...heads.get(stream)! }));
    },
    end(): void {
      for (const [stream, ranges] of missing) {
        for (const { from, to, position } of ranges)
          found({ kind: 'removed', position, stream, revision: from, events: to - from + 1 });
      }
    },
  };
}

function isJson({ data, metadata }: KeptEvent): boolean {
  try {
    for (const text of [data, metadata]) JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
