import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRemoteJWKSet, importSPKI, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Config } from './config.js';
import { madeOnce } from './made-once.js';

/** What a token says of its bearer; `roles` are checked against the house's list by whoever asks. */
export interface Bearer {
  person: string;
  name: string;
  roles: string[];
}

export interface Tokens {
  /** Null for a token that is wrong, expired or not ours. */
  verify(token: string): Promise<Bearer | null>;
  /** Development only; absent in production and without a development key. */
  sign?(bearer: Bearer): Promise<string>;
}

const claims = z.object({
  sub: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  roles: z.array(z.string()).max(50),
  exp: z.number(),
});
const developmentIssuer = 'gongkai-development';
const rememberedMax = 1000;

/**
 * Verifies against the configured JWKS or public key. Outside production a key of the data folder signs and verifies the
 * development sign-in's tokens as well; in production such a token is nobody's.
 */
export async function openTokens(config: Config): Promise<Tokens> {
  const verifiers: ((token: string) => Promise<unknown>)[] = [];
  const expected = { audience: config.tokens.audience, ...(config.tokens.issuer ? { issuer: config.tokens.issuer } : {}) };
  if (config.tokens.jwks) {
    const keys = createRemoteJWKSet(new URL(config.tokens.jwks));
    verifiers.push(async token => (await jwtVerify(token, keys, expected)).payload);
  }
  if (config.tokens.keyFile) {
    const pem = readFileSync(config.tokens.keyFile, 'utf8');
    const algorithm = /EC /.test(pem) ? 'ES256' : 'RS256';
    verifiers.push(async token => {
      const { alg = algorithm } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { alg?: string };
      if (!['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'].includes(alg))
        throw new Error('algorithm');
      return (await jwtVerify(token, await importSPKI(pem, alg), expected)).payload;
    });
  }
  const development = config.production ? undefined : developmentKey(config.dataFolder);
  if (development) {
    verifiers.push(
      async token =>
        (
          await jwtVerify(token, development, {
            issuer: developmentIssuer,
            audience: config.tokens.audience,
            algorithms: ['HS256'],
          })
        ).payload,
    );
  }
  // A signature costs more than the rest of a command: one already verified is good until it expires.
  const remembered = new Map<string, { bearer: Bearer; expiresAt: number }>();
  return {
    async verify(token) {
      const key = createHash('sha256').update(token).digest('base64');
      const known = remembered.get(key);
      if (known) return known.expiresAt > Date.now() ? known.bearer : null;
      for (const verify of verifiers) {
        try {
          const { sub, name, roles, exp } = claims.parse(await verify(token));
          if (remembered.size >= rememberedMax) remembered.clear();
          const bearer = { person: sub, name, roles };
          remembered.set(key, { bearer, expiresAt: exp * 1000 });
          return bearer;
        } catch {
          // Not this verifier's token; why is not told to the bearer.
        }
      }
      return null;
    },
    ...(development
      ? {
          sign: (bearer: Bearer) =>
            new SignJWT({ name: bearer.name, roles: bearer.roles })
              .setProtectedHeader({ alg: 'HS256' })
              .setSubject(bearer.person)
              .setIssuer(developmentIssuer)
              .setAudience(config.tokens.audience)
              .setExpirationTime('12h')
              .sign(development),
        }
      : {}),
  };
}

/** One key per data folder. */
function developmentKey(dataFolder: string): Uint8Array {
  return madeOnce(join(dataFolder, 'development-session.key'), () => randomBytes(32));
}
