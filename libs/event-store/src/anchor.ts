import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import canonicalize from 'canonicalize';
import { calculateJwkThumbprint, FlattenedSign, flattenedVerify, importJWK } from 'jose';
import { z } from 'zod';
import { keptEvents } from './kept-events.js';
import type { EventStore, StreamHead } from './port.js';

export const anchorFormat = 'gongkai-anchor-1';

const hash = z.string().regex(/^[\w-]{43}$/);
const count = z.number().int().nonnegative();
const anchorSchema = z.strictObject({
  format: z.literal(anchorFormat),
  /** Of the last event it covers, in the engine it was taken from. */
  position: count,
  /** How many events it covers: the same on every engine that holds this log. */
  events: count,
  streams: count,
  /** Over (stream, revision, last hash) of every stream, by its name. */
  digest: hash,
  /** Over the hashes of all events in the log's order, which no stream alone can show. */
  order: hash,
  takenAt: z.string(),
  reason: z.string(),
  /** Public half of the key that signed, and its fingerprint (RFC 7638). */
  key: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: hash }),
  fingerprint: hash,
  /** JWS with detached content (RFC 7515, appendix F) over the canonical JSON (RFC 8785) of all the rest. */
  signature: z.string().regex(/^[\w-]+\.\.[\w-]+$/),
});

/** What the log was at a position, signed, to be kept where whoever could change the log cannot reach. */
export type Anchor = z.infer<typeof anchorSchema>;

export interface AnchorKey {
  fingerprint: string;
  /** @returns the document with key, fingerprint and signature */
  sign(anchor: Omit<Anchor, 'key' | 'fingerprint' | 'signature'>): Promise<Anchor>;
}

/** A new private key, as it is kept: PKCS #8. */
export function newAnchorSecret(): Buffer {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
}

export async function anchorKeyOf(secret: Uint8Array): Promise<AnchorKey> {
  const privateKey = createPrivateKey({ key: Buffer.from(secret), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const key: Anchor['key'] = { kty: 'OKP', crv: 'Ed25519', x: x! };
  const fingerprint = await calculateJwkThumbprint(key);
  return {
    fingerprint,
    async sign(anchor) {
      const unsigned = { ...anchor, key, fingerprint };
      const jws = await new FlattenedSign(contentOf(unsigned)).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);
      return { ...unsigned, signature: `${jws.protected}..${jws.signature}` };
    },
  };
}

export type CheckedAnchor = { anchor: Anchor } | { why: 'not-an-anchor' | 'changed' | 'foreign-key' };

/** `known`: fingerprints of the keys it may be signed with; without any, whoever asks compares the fingerprint themselves. */
export async function checkAnchor(value: unknown, known: readonly string[] = []): Promise<CheckedAnchor> {
  const parsed = anchorSchema.safeParse(value);
  if (!parsed.success) return { why: 'not-an-anchor' };
  const anchor = parsed.data;
  const { signature, ...unsigned } = anchor;
  const [protectedHeader, , sign] = signature.split('.');
  try {
    const payload = Buffer.from(contentOf(unsigned)).toString('base64url');
    await flattenedVerify({ protected: protectedHeader!, payload, signature: sign! }, await importJWK(anchor.key, 'EdDSA'));
    if ((await calculateJwkThumbprint(anchor.key)) !== anchor.fingerprint) return { why: 'changed' };
  } catch {
    return { why: 'changed' };
  }
  return known.length === 0 || known.includes(anchor.fingerprint) ? { anchor } : { why: 'foreign-key' };
}

/** What is signed stands in the anchor for people, and in the signature for machines: one and the same text. */
function contentOf(unsigned: object): Uint8Array {
  return Buffer.from(canonicalize(unsigned)!);
}

/** Takes the log as it is: an anchor says what was there, not that it was right. */
export async function takeAnchor(
  store: EventStore,
  { upTo, ...said }: { upTo: number; takenAt: string; reason: string },
  key: AnchorKey,
): Promise<Anchor> {
  const order = orderDigest();
  let [events, position] = [0, 0];
  for await (const page of keptEvents(store, upTo)) {
    for (const event of page) {
      if ('why' in event) throw new Error(event.why);
      order.add(event.hash);
      position = event.position;
      events += 1;
    }
  }
  const heads = headsDigest();
  let streams = 0;
  for await (const head of store.streamHeads(position)) {
    heads.add(head);
    if (++streams % 1_000 === 0) await setImmediate();
  }
  return key.sign({ format: anchorFormat, position, events, streams, digest: heads.digest(), order: order.digest(), ...said });
}

/** Streams come in the order of their names. */
export function headsDigest() {
  const hash = createHash('sha256');
  return {
    add: ({ stream, revision, hash: last }: StreamHead) => void hash.update(`${stream}\n${revision}\n${last}\n`),
    digest: () => hash.digest('base64url'),
  };
}

export function orderDigest() {
  const hash = createHash('sha256');
  return {
    add: (eventHash: string) => void hash.update(`${eventHash}\n`),
    /** May go on afterwards. */
    digest: () => hash.copy().digest('base64url'),
  };
}
