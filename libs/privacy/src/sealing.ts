import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import type { SealingKey } from '#contracts';

export interface Unsealer {
  key: SealingKey;
  /** Null where it was sealed for another key. @throws Error where it was changed on the way */
  open(sealed: string): Promise<unknown>;
}

const algorithm = 'ECDH-ES';
const encryption = 'A256GCM';

/** A new private key, as it is kept: PKCS #8. */
export function newSealingSecret(): Buffer {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' });
}

export async function unsealerOf(secret: Uint8Array): Promise<Unsealer> {
  const privateKey: KeyObject = createPrivateKey({ key: Buffer.from(secret), format: 'der', type: 'pkcs8' });
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as SealingKey['jwk'];
  const kid = await calculateJwkThumbprint(jwk);
  return {
    key: { kid, jwk },
    async open(sealed) {
      if (decodeProtectedHeader(sealed).kid !== kid) return null;
      const { plaintext } = await compactDecrypt(sealed, privateKey, {
        keyManagementAlgorithms: [algorithm],
        contentEncryptionAlgorithms: [encryption],
      });
      return parsed(plaintext);
    },
  };
}

/** JWE, compact (RFC 7516): each with an ephemeral key of its own. */
export async function seal({ kid, jwk }: SealingKey, value: unknown): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(value)))
    .setProtectedHeader({ alg: algorithm, enc: encryption, kid })
    .encrypt(createPublicKey({ key: jwk as never, format: 'jwk' }));
}

/** The parser's own complaint would quote what it could not read. */
function parsed(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(plaintext).toString());
  } catch {
    throw new Error('what was sealed is not JSON');
  }
}
