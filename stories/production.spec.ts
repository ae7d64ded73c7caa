import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { ask, copyOf, type House, loadedYear, loading, newFolder, ready, startHouse, stop } from './house.js';

describe('A house in production', () => {
  let house: House;
  let developmentToken: string;
  let token: (claims: object, expires?: string) => Promise<string>;
  const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

  beforeAll(async () => {
    const folder = copyOf((await loadedYear()).folder);
    const development = await startHouse({ folder });
    await ready(development);
    developmentToken = (await ask<{ token: string }>(development, '/api/v1/dev/session', { body: { person: 'lin-fang' } })).body
      .token;
    await stop(development);

    const keys = await generateKeyPair('ES256');
    const keyFile = join(newFolder(), 'public.pem');
    writeFileSync(keyFile, await exportSPKI(keys.publicKey));
    token = (claims, expires = '5m') =>
      new SignJWT({ name: '审计', roles: ['auditor'], ...claims })
        .setProtectedHeader({ alg: 'ES256' })
        .setSubject('auditor-1')
        .setAudience('gongkai')
        .setExpirationTime(expires)
        .sign(keys.privateKey);
    house = await startHouse({
      folder,
      env: {
        NODE_ENV: 'production',
        GONGKAI_JWT_KEY: keyFile,
        GONGKAI_MASTER_KEY_FILE: join(folder, 'keys', 'master.key'),
        GONGKAI_LIMIT_PER_ACTOR: '5',
        GONGKAI_LIMIT_PER_ADDRESS: '60',
      },
    });
    await ready(house);
  }, loading * 2);
  afterAll(async () => {
    if (house) await stop(house);
  });

  it("has no development sign-in, and a token of it is nobody's", async () => {
    expect((await ask(house, '/api/v1/dev/people')).status).toBe(404);
    expect((await ask(house, '/api/v1/dev/session', { body: { person: 'lin-fang' } })).status).toBe(404);
    expect((await ask(house, '/api/v1/records', bearer(developmentToken))).status).toBe(401);
  });

  it('takes the token of the configured key, not an expired one, nor roles that do not exist', async () => {
    expect((await ask(house, '/api/v1/records?limit=1', bearer(await token({})))).status).toBe(200);
    expect((await ask(house, '/api/v1/records', bearer(await token({}, '-1m')))).status).toBe(401);
    expect((await ask(house, '/api/v1/records', { ...bearer(await token({ roles: ['king'] })), body: {} })).status).toBe(403);
  });

  it('lets an actor, and an address, ask only so often', async () => {
    const own = bearer(await token({}));
    const statuses: number[] = [];
    for (let index = 0; index < 8; index++) statuses.push((await ask(house, '/api/v1/records?limit=1', own)).status);
    expect(statuses).toContain(429);
    const anyone: number[] = [];
    for (let index = 0; index < 70; index++) anyone.push((await ask(house, '/api/v1/reports')).status);
    expect(anyone).toContain(429);
  });

  it('never loads the example into a new folder', async () => {
    const fresh = await startHouse({
      folder: newFolder(),
      env: { NODE_ENV: 'production', GONGKAI_MASTER_KEY: randomBytes(32).toString('base64') },
    });
    await ready(fresh);
    expect((await ask<{ figures: unknown[] }>(fresh, '/api/v1/reports/2013')).body.figures).toEqual([]);
    await stop(fresh);
  });
});
