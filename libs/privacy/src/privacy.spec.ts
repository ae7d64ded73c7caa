import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventTypes, personal } from '#contracts';
import { type EventStore, type NewEvent, openSqliteEventStore } from '#event-store';
import { z } from 'zod';
import { applyErasures, subjectErasedType } from './erasures.js';
import { decryptField, encryptField, isEncrypted } from './fields.js';
import type { Keys } from './keys.js';
import { masterKeysOf } from './master-key.js';
import { heldOf, protecting, reveal } from './protecting.js';
import { newSealingSecret, seal, unsealerOf } from './sealing.js';
import { openSqliteKeys } from './sqlite-keys.js';

const types = {
  Noted: {
    version: 1,
    data: z.strictObject({ who: z.string(), name: personal(z.string().max(50)).optional(), matter: z.string() }),
    subject: 'who',
  },
} satisfies EventTypes;

let folder: string;
let store: EventStore;
let keys: Keys;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gongkai-privacy-'));
  store = await openSqliteEventStore(join(folder, 'events.db'));
  keys = await openSqliteKeys(join(folder, 'keys.db'), masterKeysOf(randomBytes(32).toString('base64'))!);
});
afterEach(async () => {
  await store.close();
  await keys.close();
  rmSync(folder, { recursive: true });
});

let ids = 0;
function event(type: string, data: Record<string, unknown>): NewEvent {
  const id = `e-${++ids}`;
  const metadata = {
    commandId: id,
    command: 'test.note',
    commandDigest: 'd',
    correlationId: 'c',
    person: 'p',
    name: 'n',
    occurredOn: '2026-03-02',
    recordedAt: '2026-03-02T04:00:00.000Z',
  };
  return { id, type, version: 1, data, metadata };
}

describe('An encrypted field', () => {
  const place = { type: 'Noted', field: 'name', subject: 'p1' };

  it('opens to what it was, with its key and in its place only', async () => {
    const [key, other] = [await keys.makeKey('p1'), await keys.makeKey('p2')];
    for (const value of ['欧阳示例', '', { name: '某', phones: ['1', null] }, 7]) {
      expect(decryptField(key, place, encryptField(key, place, value))).toEqual(value);
    }
    const text = encryptField(key, place, '欧阳示例');
    expect(() => decryptField(other, place, text)).toThrow();
    for (const elsewhere of [{ type: 'Other' }, { field: 'address' }, { subject: 'p2' }])
      expect(() => decryptField(key, { ...place, ...elsewhere }, text)).toThrow();
    for (const at of [6, 25, text.length - 3]) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(() => decryptField(key, place, changed)).toThrow();
    }
  });

  it('tells neither equal values nor short ones from long ones', async () => {
    const key = await keys.makeKey('p1');
    const texts = ['王', '王', '欧阳示例', 'a@example.org'].map(value => encryptField(key, place, value));
    expect(new Set(texts.map(text => text.length)).size).toBe(1);
    expect(new Set(texts.map(text => text.split('.')[1])).size).toBe(4);
    expect(texts.every(isEncrypted)).toBe(true);
    expect(['gkp1.', '欧阳示例', { name: 'gkp1' }].some(isEncrypted)).toBe(false);
  });
});

describe('A protected store', () => {
  it('encrypts personal fields on their way in, leaves the others, and decrypts nothing on their way out', async () => {
    const safe = protecting(store, types, keys);
    await safe.append('test.note-1', [event('Noted', { who: 'p1', name: '欧阳示例', matter: '低保' })], 'none');
    await safe.append('test.note-1', [event('Noted', { who: 'p1', matter: '无名' }), event('Other', { name: '公开' })], 0);
    const [first, second, third] = await safe.readStream('test.note-1');
    expect(first!.data).toEqual({ who: 'p1', name: expect.stringMatching(/^gkp1\./) as unknown, matter: '低保' });
    expect([second!.data, third!.data]).toEqual([{ who: 'p1', matter: '无名' }, { name: '公开' }]);
    expect((await safe.readAll({ after: 0, limit: 9 })).events[0]!.data).toEqual(first!.data);
    expect(await heldOf(keys, types, first!)).toBe('held');
    expect(await reveal(keys, types, first!)).toEqual({ name: '欧阳示例' });
    expect([await heldOf(keys, types, second!), await heldOf(keys, types, third!)]).toEqual(['none', 'none']);
  });

  it('takes nothing about a subject that was erased, and gives nothing of it', async () => {
    const safe = protecting(store, types, keys);
    const about = (matter: string) => event('Noted', { who: 'p1', name: '欧阳示例', matter });
    await safe.append('test.note-1', [about('低保')], 'none');
    await keys.destroy('p1');
    await expect(safe.append('test.note-1', [about('再来')], 0)).rejects.toMatchObject({ name: 'SubjectIsErased' });
    const [stored, ...more] = await safe.readStream('test.note-1');
    expect(more).toEqual([]);
    expect([await heldOf(keys, types, stored!), await reveal(keys, types, stored!)]).toEqual(['erased', null]);
    expect(stored!.data['matter']).toBe('低保');
  });

  it('refuses personal data of nobody, and types that do not say whose it is', async () => {
    const safe = protecting(store, types, keys);
    await expect(safe.append('test.note-1', [event('Noted', { name: '欧阳示例', matter: '低保' })], 'none')).rejects.toThrow(
      'who',
    );
    const { subject: _, ...nobody } = types.Noted;
    expect(() => protecting(store, { Noted: nobody }, keys)).toThrow('Noted');
    expect(protecting(store, {}, keys)).toBe(store);
  });
});

describe('The erasures of a log', () => {
  const erasure = (subject: string) => event(subjectErasedType, { subject, why: '本人请求', erasedOn: '2026-03-02' });
  const append = (subject: string) => store.append(`requests.subject-${subject}`, [erasure(subject)], 'none');

  it('are carried out once, also those of a subject that never had a key', async () => {
    await keys.makeKey('p1');
    await append('p1');
    await append('p2');
    expect(await applyErasures(store, keys)).toEqual(['p1', 'p2']);
    expect(await applyErasures(store, keys)).toEqual([]);
    await append('p3');
    expect(await applyErasures(store, keys)).toEqual(['p3']);
    expect((await keys.erasedUpTo())?.position).toBe(await store.head());
  });

  it('are all looked at again where the log is another one than it was', async () => {
    for (const subject of ['p1', 'p2', 'p3']) await append(subject);
    await applyErasures(store, keys);
    await store.close();
    // An older backup, in which the last erasure is not, and another one that came to stand before the same position.
    store = await openSqliteEventStore(join(folder, 'restored.db'));
    await append('p1');
    await append('p4');
    await keys.makeKey('p4');
    expect(await applyErasures(store, keys)).toEqual(['p4']);
    await append('p5');
    await append('p6');
    expect(await applyErasures(store, keys)).toEqual(['p5', 'p6']);
  });
});

describe('What is sealed', () => {
  it('is opened by whom it was sealed to, and each seal is another', async () => {
    const [room, other] = [await unsealerOf(newSealingSecret()), await unsealerOf(newSealingSecret())];
    const [one, two] = [await seal(room.key, { name: '欧阳示例' }), await seal(room.key, { name: '欧阳示例' })];
    expect(one).not.toBe(two);
    expect(await room.open(one)).toEqual({ name: '欧阳示例' });
    expect(await other.open(one)).toBeNull();
    await expect(room.open(`${one.slice(0, -3)}AAA`)).rejects.toThrow();
    expect(JSON.stringify(room.key)).not.toContain('"d"');
  });
});
