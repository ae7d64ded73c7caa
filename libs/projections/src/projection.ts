import type { StoredEvent } from '#event-store';

/** A document of a view. Plain JSON: what goes in comes out. */
export type Doc = Record<string, unknown>;

/**
 * What one event does to one document: from the document as it was (null: there is none) to the document as it is from now on
 * (null: remove it). Per document and with no other input than the event, so that every engine can apply it exactly once.
 * `before` belongs to `apply`, which may change it and give it back: the runner keeps no other copy.
 */
export interface Change {
  collection: string;
  id: string;
  apply: (before: Doc | null) => Doc | null;
}

export interface CollectionSchema {
  /** Fields (dotted paths) each index covers, in order. Queries filter and sort by these. */
  indexes: readonly (readonly string[])[];
  /** Fields searched as Chinese text. */
  text?: readonly string[];
}

/** What a store needs to know of a projection: plain. */
export interface ProjectionSchema {
  /** Unique in the house, kebab-case. */
  name: string;
  version: number;
  collections: Readonly<Record<string, CollectionSchema>>;
}

/** Keeps a view up to date from events. Another `version` is another view: it is built anew from the first event. */
export interface Projection extends ProjectionSchema {
  /** Types it follows; others are not read at all. */
  events: readonly string[];
  /**
   * What an event concerns. Events of one key are applied in order, and parked together; a document belongs to one key. Default:
   * the event's stream.
   */
  key?(event: StoredEvent): string;
  /** An event that fails after the retries: the projection stands before it, its key is parked, or it is left out for this reason. Default `stop`. */
  onFailure?: 'stop' | 'park' | { skip: string };
  /** Earlier versions whose documents today's queries understand too: they answer while this version is being built. */
  answersLike?: readonly number[];
  project(event: StoredEvent): readonly Change[];
}

export type Filter = Readonly<
  Record<
    string,
    | string
    | number
    | boolean
    | null
    | undefined
    | { in: readonly (string | number)[] }
    | { lt?: string | number; lte?: string | number; gt?: string | number; gte?: string | number }
  >
>;

export interface Find {
  where?: Filter;
  /** Words searched in the collection's text fields, simplified or traditional. */
  search?: string | undefined;
  /** Field and direction; the document's id is always the last key. */
  sort?: readonly (readonly [field: string, direction: 'asc' | 'desc'])[];
  limit: number;
  /** Cursor of the page before. */
  after?: string | undefined;
}

/** Reading a view. Each call sees one consistent state of one generation. */
export interface View {
  get<D>(collection: string, id: string): Promise<D | null>;
  /** @throws InvalidCursor */
  find<D>(collection: string, find: Find): Promise<{ items: D[]; next: string | null }>;
  count(collection: string, find?: Pick<Find, 'where' | 'search'>): Promise<number>;
  /** Position the view holds, null where it was never started. */
  position(): Promise<number | null>;
}

/** The cursor in an address is not one that this list gave. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}
