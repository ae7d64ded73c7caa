import type { Doc } from './projection.js';
import type { KeptDoc, Write } from './read-store.js';

/** A document as it is being folded; what the store is given as it stands. */
export interface Held extends Write {
  /** The event that is changing it, which may do so several times. */
  during: number;
  /** Not as the store has it. */
  changed: boolean;
}

/**
 * Documents lately used, so that a document that changes often is neither read nor parsed again. Two halves, of which the older
 * is dropped as a whole: keeping a strict order costs more than it saves. Bounded by their number and by the bytes that went into
 * them.
 */
export class DocCache {
  private recent = new Map<string, Map<string, Held>>();
  private older = new Map<string, Map<string, Held>>();
  private changes: Held[] = [];
  private docs = 0;
  private bytes = 0;

  constructor(private readonly bounds: { docs: number; bytes: number }) {}

  get(collection: string, id: string): Held | undefined {
    const found = this.recent.get(collection)?.get(id);
    if (found) return found;
    const old = this.older.get(collection)?.get(id);
    if (old) this.set(old);
    return old;
  }

  /** As the store has it, or as absent. */
  load(collection: string, id: string, kept: KeptDoc | undefined): void {
    const { key = '', position = 0, doc = null } = kept ?? {};
    this.weigh(weightOf(doc));
    this.set({ collection, id, key, position, doc, during: -1, changed: false });
  }

  /** Events of so many bytes were folded into what is held. */
  weigh(bytes: number): void {
    this.bytes += bytes;
  }

  change(held: Held): void {
    if (held.changed) return;
    held.changed = true;
    this.changes.push(held);
  }

  /** What changed, each document once, as it is now: to be stored before it changes again. */
  take(): readonly Held[] {
    const taken = this.changes;
    for (const held of taken) held.changed = false;
    this.changes = [];
    return taken;
  }

  get full(): boolean {
    return this.docs > this.bounds.docs / 2 || this.bytes > this.bounds.bytes / 2;
  }

  /** Only between folds, and when what changed was taken: a fold relies on what it loaded. */
  trim(): void {
    if (!this.full) return;
    this.older = this.recent;
    this.recent = new Map();
    this.docs = this.bytes = 0;
  }

  clear(): void {
    this.recent.clear();
    this.older.clear();
    this.changes = [];
    this.docs = this.bytes = 0;
  }

  private set(held: Held): void {
    let docs = this.recent.get(held.collection);
    if (!docs) this.recent.set(held.collection, (docs = new Map()));
    docs.set(held.id, held);
    this.docs++;
  }
}

/** About how many bytes a value is in JSON, without writing it. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let weight = 2;
  for (const name in value) weight += name.length + weightOf((value as Doc)[name]);
  return weight;
}
