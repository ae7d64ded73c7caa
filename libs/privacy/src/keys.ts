import type { KeyObject } from 'node:crypto';

/**
 * The keys that personal data is encrypted with, one per data subject, and the house's own secrets. They stand outside the event
 * log: no event is ever deleted, and a person is forgotten by destroying the key. Each is kept wrapped by a master key.
 */
export interface Keys {
  /** Looked up each time: a key in memory would outlive an erasure by another process. */
  keyOf(subject: string): Promise<KeyObject | 'erased' | 'none'>;
  /** The subject's key, made where there is none; whoever makes it at the same time gets the same. @throws SubjectIsErased */
  makeKey(subject: string): Promise<KeyObject>;
  /**
   * Destroys the subject's key so that none of its bytes stay in the engine's files, and keeps that the subject is erased, also
   * where it had no key. Again is harmless, and finishes what was cut short. @throws KeysUnavailable
   */
  destroy(subject: string): Promise<void>;
  /** How far the log's erasures were carried out; null: not at all. */
  erasedUpTo(): Promise<LogPlace | null>;
  setErasedUpTo(place: LogPlace): Promise<void>;
  /** A secret of the house's own, made once by whoever asks first (32 random bytes by default). */
  secret(name: string, make?: () => Uint8Array): Promise<Uint8Array>;
  /** Wraps by the first master key whatever another one wraps; returns how many. */
  rewrap(): Promise<number>;
  summary(): Promise<KeysSummary>;
  close(): Promise<void>;
}

/** A position and whose it is: after a restore another event may stand there, and what was done up to it says nothing. */
export interface LogPlace {
  position: number;
  eventId: string;
}

export interface KeysSummary {
  /** Data subjects whose key is held, and those that were erased. */
  held: number;
  erased: number;
  secrets: number;
  /** How many keys and secrets each master key wraps, by its id, the one that wraps now first. */
  masters: { id: string; wraps: number }[];
}

/** The data subject was erased (删除): nothing about it is ever stored again. */
export class SubjectIsErased extends Error {
  override readonly name = 'SubjectIsErased';
  constructor(readonly subject: string) {
    super(`${subject} was erased`);
  }
}

/** The keys cannot be used as they are; the sentence says why and what to do. */
export class KeysUnusable extends Error {
  override readonly name = 'KeysUnusable';
}

/** Others keep the file busy; nothing is lost, try again. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}
