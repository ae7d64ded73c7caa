import { allKnown, type EventStore, type StoredEvent } from '#event-store';
import type { Doc, Generation, Projection, ReadStore, View, Write } from './projection.js';

export interface RunnerStatus {
  name: string;
  version: number;
  state: 'starting' | 'following' | 'failed' | 'stopped';
  position: number;
  error?: string;
}

export interface RunnerLog {
  error(details: object, message: string): void;
}

const batchEvents = 1000;
const cachedDocs = 10_000;
const retryMs = [100, 500, 2_000, 10_000];

/**
 * Applies a projection from where it stands to the head of the log, and returns the generation moved on.
 * `seen` is told after each batch.
 */
export async function catchUp(
  store: EventStore,
  readStore: ReadStore,
  projection: Projection,
  generation: Generation,
  options: {
    upTo?: number;
    batch?: number;
    cache?: DocCache;
    seen?: (position: number, events: number) => void;
    signal?: AbortSignal;
  } = {},
): Promise<Generation> {
  const cache = options.cache ?? new DocCache();
  const limit = options.batch ?? batchEvents;
  let at = generation;
  while (!options.signal?.aborted) {
    const slice = await store.readAll({ after: at.position, limit, types: projection.events });
    if (slice.upTo <= at.position) return at;
    const writes = await fold(readStore, projection, at, allKnown(slice.events), cache);
    if (!(await readStore.commit(projection, at, writes, slice.upTo))) throw new LostRace(projection.name);
    at = { ...at, position: slice.upTo };
    options.seen?.(at.position, slice.events.length);
    if (options.upTo !== undefined && at.position >= options.upTo) return at;
  }
  return at;
}

/** Another runner moved the checkpoint, or another generation went live: what this one holds in memory is void. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

/**
 * Documents lately used, so that a document that changes often is neither read nor parsed again. Two halves, of which the older
 * is dropped as a whole: keeping a strict order costs more than it saves.
 */
export class DocCache {
  private recent = new Map<string, Doc | null>();
  private older = new Map<string, Doc | null>();
  get(key: string): Doc | null | undefined {
    const found = this.recent.get(key);
    return found === undefined ? this.older.get(key) : found;
  }
  set(key: string, doc: Doc | null): void {
    this.recent.set(key, doc);
  }
  trim(): void {
    if (this.recent.size <= cachedDocs / 2) return;
    this.older = this.recent;
    this.recent = new Map();
  }
  clear(): void {
    this.recent.clear();
    this.older.clear();
  }
}

async function fold(
  readStore: ReadStore,
  projection: Projection,
  generation: Generation,
  events: readonly StoredEvent[],
  cache: DocCache,
): Promise<Write[]> {
  const changes = events.flatMap(event => projection.project(event));
  const unknown = new Map<string, Set<string>>();
  for (const { collection, id } of changes) {
    if (cache.get(`${collection}\n${id}`) !== undefined) continue;
    let ids = unknown.get(collection);
    if (!ids) unknown.set(collection, (ids = new Set()));
    ids.add(id);
  }
  for (const [collection, ids] of unknown) {
    const found = await readStore.read(projection, generation, collection, [...ids]);
    for (const id of ids) cache.set(`${collection}\n${id}`, found.get(id) ?? null);
  }
  const written = new Map<string, Write>();
  for (const { collection, id, apply } of changes) {
    const key = `${collection}\n${id}`;
    const doc = apply(cache.get(key) ?? null);
    cache.set(key, doc);
    written.set(key, { collection, id, doc });
  }
  cache.trim();
  return [...written.values()];
}

/** One projection, followed for as long as the process lives. */
export class ProjectionRunner {
  readonly view: View;
  private readonly stopping = new AbortController();
  private readonly cache = new DocCache();
  private readonly waiters = new Set<() => void>();
  private generation: Generation = { number: 0, position: 0 };
  private state: RunnerStatus['state'] = 'starting';
  private error: string | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly readStore: ReadStore,
    private readonly projection: Projection,
    private readonly log: RunnerLog,
  ) {
    this.view = readStore.view(projection);
  }

  start(): void {
    this.running = this.run();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        this.generation = await this.readStore.prepare(this.projection);
        for (;;) {
          this.generation = await catchUp(this.store, this.readStore, this.projection, this.generation, {
            cache: this.cache,
            signal,
            seen: position => this.reached(position),
          });
          failures = 0;
          this.error = undefined;
          this.state = 'following';
          this.reached(this.generation.position);
          if (signal.aborted) break;
          await this.store.wait(this.generation.position, signal);
        }
      } catch (error) {
        this.cache.clear();
        if (error instanceof LostRace) continue;
        if (signal.aborted) break;
        this.state = 'failed';
        this.error = error instanceof Error ? error.message : String(error);
        this.log.error(
          { projection: this.projection.name, position: this.generation.position, err: error },
          'a projection stopped and will try again',
        );
        await pause(retryMs[Math.min(failures++, retryMs.length - 1)]!, signal);
      }
    }
    this.state = 'stopped';
  }

  private reached(position: number): void {
    this.generation = { ...this.generation, position };
    for (const waiter of [...this.waiters]) waiter();
  }

  /** True once the view holds `position`; false where that took longer than `withinMs`. */
  waitFor(position: number, withinMs: number): Promise<boolean> {
    if (this.generation.position >= position && this.state === 'following') return Promise.resolve(true);
    return new Promise(resolve => {
      const finish = (reached: boolean) => {
        clearTimeout(timer);
        this.waiters.delete(look);
        resolve(reached);
      };
      const look = () => {
        if (this.generation.position >= position) finish(true);
      };
      const timer = setTimeout(() => finish(false), withinMs);
      this.waiters.add(look);
    });
  }

  status(): RunnerStatus {
    return {
      name: this.projection.name,
      version: this.projection.version,
      state: this.state,
      position: this.generation.position,
      ...(this.error === undefined ? {} : { error: this.error }),
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
