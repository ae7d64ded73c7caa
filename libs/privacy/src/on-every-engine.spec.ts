import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type EventTypes, personal } from '#contracts';
import { type StoredEvent, verifyLog } from '#event-store';
import { type Assertion, engines, runContract, type Subject } from '#event-store/contract';
import { z } from 'zod';
import { applyErasures, subjectErasedType } from './erasures.js';
import { isEncrypted } from './fields.js';
import { type Keys, SubjectIsErased } from './keys.js';
import { masterKeysOf } from './master-key.js';
import { heldOf, protecting, reveal } from './protecting.js';
import { openSqliteKeys } from './sqlite-keys.js';

const types = {
  Noted: {
    version: 1,
    data: z.strictObject({ who: z.string(), name: personal(z.string()), matter: z.string() }),
    subject: 'who',
  },
} satisfies EventTypes;
const names = { p1: '欧阳示例', p2: '司马示例' };

async function withKeys(prove: (keys: Keys) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gongkai-engine-keys-'));
  const keys = await openSqliteKeys(join(folder, 'keys.db'), masterKeysOf(randomBytes(32).toString('base64'))!);
  try {
    await prove(keys);
  } finally {
    await keys.close();
    rmSync(folder, { recursive: true });
  }
}

/** The log as if there were no other tests. */
const verdictOn = ({ store, start, stream }: Subject) =>
  verifyLog({
    head: () => store.head(),
    readAll: ({ after, ...read }) => store.readAll({ ...read, after: Math.max(after, start), streams: [stream('')] }),
  });

/** What a view counts: how often each matter came up. */
function fold(log: readonly StoredEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { data } of log) {
    const matter = data['matter'] as string | undefined;
    if (matter !== undefined) counts[matter] = (counts[matter] ?? 0) + 1;
  }
  return counts;
}

const forgetting: Record<string, Assertion> = {
  'ES-58 a person who was erased reads as erased; all else stays, is folded to the same totals, and the hash chain verifies':
    subject =>
      withKeys(async keys => {
        const about = (who: keyof typeof names, matter: string) =>
          subject.event({ data: { who: subject.stream(who), name: names[who], matter } });
        const safe = protecting(subject.store, types, keys);
        await safe.append(subject.stream('1'), [about('p1', '低保'), about('p2', '低保')], 'none');
        await safe.append(subject.stream('1'), [about('p1', '婚姻登记')], 1);
        await safe.append(subject.stream('2'), [about('p1', '低保')], 'none');
        const before = await subject.log();
        expect(JSON.stringify(before)).not.toMatch(/欧阳|司马/);
        expect(before.every(({ data }) => isEncrypted(data['name']))).toBe(true);
        const shown = (log: readonly StoredEvent[]) => Promise.all(log.map(one => reveal(keys, types, one)));
        const [p1, p2] = [{ name: names.p1 }, { name: names.p2 }];
        expect(await shown(before)).toEqual([p1, p2, p1, p1]);

        const erased = subject.event({ type: subjectErasedType, data: { subject: subject.stream('p1'), why: '本人要求' } });
        await safe.append(subject.stream('erasure'), [erased], 'none');
        expect(await applyErasures(safe, keys)).toContain(subject.stream('p1'));

        await subject.reopen();
        const after = (await subject.log()).slice(0, before.length);
        expect(after).toEqual(before);
        expect(await shown(after)).toEqual([null, p2, null, null]);
        expect(await heldOf(keys, types, after[0]!)).toBe('erased');
        expect(fold(after)).toEqual({ 低保: 3, 婚姻登记: 1 });
        expect(await verdictOn(subject)).toMatchObject({ ok: true, events: 5 });

        const again = protecting(subject.store, types, keys).append(subject.stream('1'), [about('p1', '再来')], 2);
        await expect(again).rejects.toBeInstanceOf(SubjectIsErased);
        expect(await subject.store.readStream(subject.stream('1'))).toHaveLength(3);
      }),

  'ES-16 ES-58 an append that was encrypted anew is still the same append': subject =>
    withKeys(async keys => {
      const safe = protecting(subject.store, types, keys);
      const event = subject.event({ data: { who: subject.stream('p1'), name: names.p1, matter: '低保' } });
      const first = await safe.append(subject.stream(), [event], 'none');
      const later = { ...event, metadata: { ...event.metadata, recordedAt: '2013-04-21T00:00:00.000Z' } };
      expect(await safe.append(subject.stream(), [later], 'none')).toEqual({ ...first, idempotent: true });
      expect(await subject.store.readStream(subject.stream())).toHaveLength(1);
    }),
};

for (const engine of engines) runContract(engine, forgetting);
