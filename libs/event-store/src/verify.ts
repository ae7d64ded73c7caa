import { type Anchor, checkAnchor, headsDigest, orderDigest } from './anchor.js';
import { chainWalk, type Finding } from './chain-walk.js';
import { keptEvents, type Walkable } from './kept-events.js';
import type { EventStore } from './port.js';

export interface VerifyOptions {
  /** What was read from files, by name. */
  anchors?: readonly { name: string; value: unknown }[];
  /** Fingerprints of keys that may have signed them: see `checkAnchor`. */
  fingerprints?: readonly string[];
  progress?(at: { position: number; head: number; events: number }): void;
}

export interface Verdict {
  ok: boolean;
  position: number;
  events: number;
  streams: number;
  /** The first thousand; `found` counts them all. */
  findings: Finding[];
  found: number;
  anchors: AnchorVerdict[];
  /** Events after the last good anchor: whoever could rewrite the whole file could have rewritten these unnoticed. */
  unprotected: { events: number; from: number | null };
}

export interface AnchorVerdict {
  name: string;
  good: boolean;
  position?: number;
  events?: number;
  takenAt?: string;
  fingerprint?: string;
}

const findingsMost = 1_000;

/**
 * Walks the whole log, as it was when the walk began: every event against its hash, every hash against the one before it in its
 * stream, the log against its anchors, and, where the engine can tell, its positions against the highest ever given.
 */
export async function verifyLog(log: Walkable & Pick<EventStore, 'head'>, options: VerifyOptions = {}): Promise<Verdict> {
  const findings: Finding[] = [];
  let found = 0;
  const note = (finding: Finding) => {
    if (++found <= findingsMost) findings.push(finding);
  };
  const { waiting, verdicts } = await sorted(options, note);
  const audit = log.audit?.();
  for (const why of (await audit?.damage()) ?? []) note({ kind: 'damaged', why });
  const damaged = found > 0;
  // Before the head: what is appended in between is not taken for cut off.
  const highest = (await audit?.highestGiven()) ?? 0;
  const head = await log.head();
  const chain = chainWalk(note);
  const order = orderDigest();
  let [events, position, protectedEvents] = [0, 0, 0];
  let from: number | null = null;

  const meetAnchors = () => {
    for (; waiting[0]?.anchor.events === events; waiting.shift()) {
      const { verdict, anchor } = waiting[0];
      const differing = difference(anchor, chain, order);
      verdict.good = differing === null;
      if (differing === null) [protectedEvents, from] = [events, null];
      else note({ ...differing, position: anchor.position, anchor: verdict.name });
    }
  };

  meetAnchors();
  try {
    for await (const page of keptEvents(log, head)) {
      for (const event of page) {
        if (audit && event.position > position + 1)
          note({ kind: 'removed', position: position + 1, events: event.position - position - 1 });
        if ('why' in event) chain.passOver(event);
        else {
          chain.step(event);
          order.add(event.hash);
        }
        ({ position } = event);
        events += 1;
        from ??= position;
        meetAnchors();
      }
      options.progress?.({ position, head, events });
    }
  } catch (error) {
    if (!damaged) throw error;
  }
  chain.end();
  if (highest > position) note({ kind: 'cut', position: position + 1, events: highest - position });
  for (const { verdict, anchor } of waiting)
    note({ kind: 'cut', position: position + 1, events: anchor.events - events, anchor: verdict.name });
  return {
    ok: found === 0,
    position,
    events,
    streams: chain.streams,
    findings,
    found,
    anchors: verdicts,
    unprotected: { events: events - protectedEvents, from },
  };
}

/** Those worth meeting on the walk, in the order in which it meets them. */
async function sorted({ anchors = [], fingerprints }: VerifyOptions, note: (finding: Finding) => void) {
  const verdicts: AnchorVerdict[] = [];
  const waiting: { verdict: AnchorVerdict; anchor: Anchor }[] = [];
  for (const { name, value } of anchors) {
    const checked = await checkAnchor(value, fingerprints);
    if ('why' in checked) {
      verdicts.push({ name, good: false });
      note({ kind: 'anchor-invalid', anchor: name, why: checked.why });
      continue;
    }
    const { position, events, takenAt, fingerprint } = checked.anchor;
    const verdict = { name, good: false, position, events, takenAt, fingerprint };
    verdicts.push(verdict);
    waiting.push({ verdict, anchor: checked.anchor });
  }
  waiting.sort((a, b) => a.anchor.events - b.anchor.events);
  return { waiting, verdicts };
}

function difference(anchor: Anchor, chain: ReturnType<typeof chainWalk>, order: ReturnType<typeof orderDigest>): Finding | null {
  if (anchor.streams !== chain.streams) return { kind: 'anchor-mismatch', why: `streams: ${anchor.streams} → ${chain.streams}` };
  const heads = headsDigest();
  for (const head of chain.heads()) heads.add(head);
  if (heads.digest() !== anchor.digest) return { kind: 'anchor-mismatch', why: 'events' };
  // Every stream is what it was, and yet the log is not: events of different streams changed places.
  return order.digest() === anchor.order ? null : { kind: 'swapped', why: 'order' };
}
