import { createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Keys } from '#privacy';
import { canonicalDigest } from './canonical.js';

/** What of a command makes it the same command or another one. */
export interface Content {
  command: string;
  input: object;
  /** Names of the input's personal fields, and whose they are. */
  personal: readonly string[];
  subject: string;
}

/** Whether two commands are the same, judged by what is kept of the first one and shows nothing of it. */
export interface Digests {
  /** What is kept. Makes the subject's key where the command holds personal data. @throws SubjectIsErased */
  of(content: Content): Promise<string>;
  /** Whether what was kept is of this content; true where nobody can tell any more, because the subject was erased. */
  same(kept: string, content: Content): Promise<boolean>;
}

const format = 'k1:';

/**
 * HMAC-SHA-256 over the canonical content: a plain digest of a few names and a date would be found by trying. Personal fields
 * are digested apart, under their subject's own key, so that after an erasure not even the house can try names.
 */
export function keyedDigests(secret: Uint8Array, keys: Pick<Keys, 'keyOf' | 'makeKey'>): Digests {
  const plainDigest = ({ command, plain }: Parts) => hmac(secret, [command, plain]);
  const personalDigest = ({ command, personal }: Parts, key: KeyObject) => hmac(digestKey(key), [command, personal]);
  return {
    async of(content) {
      const parts = partsOf(content);
      if (!parts.personal) return `${format}${plainDigest(parts)}`;
      return `${format}${plainDigest(parts)}.${personalDigest(parts, await keys.makeKey(content.subject))}`;
    },

    async same(kept, content) {
      // Before there was a secret: SHA-256 in hex over the whole.
      if (!kept.startsWith(format)) return kept === canonicalDigest([content.command, content.input]);
      const [plain, personal] = kept.slice(format.length).split('.');
      const parts = partsOf(content);
      if (plain !== plainDigest(parts)) return false;
      if (!parts.personal || personal === undefined) return !parts.personal && personal === undefined;
      const key = await keys.keyOf(content.subject);
      return typeof key === 'string' || personal === personalDigest(parts, key);
    },
  };
}

interface Parts {
  command: string;
  plain: object;
  personal: object | null;
}

function partsOf({ command, input, personal: names }: Content): Parts {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  const personal = entries.filter(([name]) => names.includes(name));
  return {
    command,
    plain: Object.fromEntries(entries.filter(([name]) => !names.includes(name))),
    personal: personal.length === 0 ? null : Object.fromEntries(personal),
  };
}

function hmac(key: Uint8Array, value: unknown): string {
  return createHmac('sha256', key)
    .update(canonicalize(value) ?? '')
    .digest('base64url');
}

/** One key, one use: the same one also encrypts. */
function digestKey(key: KeyObject): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'gongkai command digest', 32));
}
