import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyObject } from 'node:crypto';
import { type Keys, SubjectIsErased } from './keys.js';
import { type MasterKey, masterKeysOf } from './master-key.js';

export interface KeysFixture {
  /** The same keys each time, as another process would open them. */
  open(masters: readonly MasterKey[]): Promise<Keys>;
  /** Every byte that the engine keeps, wherever. */
  bytes(): Promise<Buffer>;
  clean(): Promise<void>;
}

export const newMaster = (): MasterKey => masterKeysOf(randomBytes(32).toString('base64'))![0]!;
const plain = (key: KeyObject | string) => (typeof key === 'string' ? key : key.export().toString('hex'));

/** What every engine behind the port must do. An adapter's own file gives the fixture. */
export function keysContract(adapter: string, fixtureOf: () => Promise<KeysFixture>): void {
  describe(`keys: ${adapter}`, () => {
    const master = newMaster();
    let fixture: KeysFixture;
    let opened: Keys[];
    const open = async (...masters: MasterKey[]) => {
      const keys = await fixture.open(masters.length > 0 ? masters : [master]);
      opened.push(keys);
      return keys;
    };
    beforeEach(async () => {
      fixture = await fixtureOf();
      opened = [];
    });
    afterEach(async () => {
      for (const keys of opened) await keys.close();
      await fixture.clean();
    });

    it('a subject has no key until one is made, and then the same for everyone and for ever', async () => {
      const [one, other] = [await open(), await open()];
      expect(await one.keyOf('p1')).toBe('none');
      const key = plain(await one.makeKey('p1'));
      expect(plain(await one.makeKey('p1'))).toBe(key);
      expect(plain(await other.keyOf('p1'))).toBe(key);
      expect(plain(await (await open()).keyOf('p1'))).toBe(key);
      expect(plain(await one.makeKey('p2'))).not.toBe(key);
    });

    it('of several who make a key or a secret at the same time, all get one', async () => {
      const several = [await open(), await open(), await open()];
      const made = await Promise.all(Array.from({ length: 60 }, (_, index) => several[index % 3]!.makeKey(`p${index % 5}`)));
      expect(new Set(made.map(plain)).size).toBe(5);
      const secrets = await Promise.all(several.map(keys => keys.secret('digests')));
      expect(new Set(secrets.map(secret => Buffer.from(secret).toString('hex'))).size).toBe(1);
    });

    it('what was destroyed is erased for everyone, never gets a key again, and again changes nothing', async () => {
      const [one, other] = [await open(), await open()];
      await other.makeKey('p1');
      await one.destroy('p1');
      await one.destroy('p1');
      expect(await other.keyOf('p1')).toBe('erased');
      await expect(other.makeKey('p1')).rejects.toBeInstanceOf(SubjectIsErased);
      expect(await (await open()).keyOf('p1')).toBe('erased');
    });

    it('a subject without a key can be erased too', async () => {
      const keys = await open();
      await keys.destroy('never-seen');
      await expect(keys.makeKey('never-seen')).rejects.toBeInstanceOf(SubjectIsErased);
    });

    it('a secret may be made as its user needs it, and is made once', async () => {
      const keys = await open();
      expect(Buffer.from(await keys.secret('chosen', () => Buffer.from('a certain form'))).toString()).toBe('a certain form');
      expect(Buffer.from(await keys.secret('chosen', () => Buffer.from('another'))).toString()).toBe('a certain form');
      expect(await keys.secret('random')).toHaveLength(32);
    });

    it('how far the log was followed is kept', async () => {
      const keys = await open();
      expect(await keys.erasedUpTo()).toBeNull();
      await keys.setErasedUpTo({ position: 7, eventId: 'e7' });
      await keys.setErasedUpTo({ position: 5, eventId: 'after-a-restore' });
      expect(await (await open()).erasedUpTo()).toEqual({ position: 5, eventId: 'after-a-restore' });
    });

    it('keeps no key as it is, nor any of a destroyed one’s bytes', async () => {
      const keys = await open();
      const key = (await keys.makeKey('p1')).export();
      expect((await fixture.bytes()).includes(key)).toBe(false);
      await keys.destroy('p1');
      expect((await fixture.bytes()).includes(key)).toBe(false);
    });

    describe('a master key', () => {
      it('that is not the one is refused at the start, in one sentence that does not tell it', async () => {
        await (await open()).makeKey('p1');
        const wrong = newMaster();
        await expect(open(wrong)).rejects.toMatchObject({
          name: 'KeysUnusable',
          message: expect.stringMatching(/^\S.* \/ .*\.$/) as unknown,
        });
        await expect(open(wrong)).rejects.toMatchObject({ message: expect.stringContaining(master.id) as unknown });
      });

      it('is rotated: the new one wraps, the old one may go, and every key stays the same', async () => {
        const before = await open();
        const key = plain(await before.makeKey('p1'));
        await before.makeKey('gone');
        await before.destroy('gone');
        const secret = Buffer.from(await before.secret('digests')).toString('hex');
        const next = newMaster();
        const both = await open(next, master);
        expect(plain(await both.keyOf('p1'))).toBe(key);
        const late = plain(await both.makeKey('p2'));
        expect((await both.summary()).masters).toEqual([
          { id: next.id, wraps: 1 },
          { id: master.id, wraps: 2 },
        ]);
        expect(await both.rewrap()).toBe(2);
        expect(await both.rewrap()).toBe(0);
        const after = await open(next);
        expect(plain(await after.keyOf('p1'))).toBe(key);
        expect(plain(await after.keyOf('p2'))).toBe(late);
        expect(await after.keyOf('gone')).toBe('erased');
        expect(Buffer.from(await after.secret('digests')).toString('hex')).toBe(secret);
        await expect(open(master)).rejects.toMatchObject({ name: 'KeysUnusable' });
        // Whoever still runs with the old one alone is told, not answered with rubbish.
        await expect(before.keyOf('p1')).rejects.toMatchObject({ name: 'KeysUnusable' });
      });
    });

    it('tells how much is held and how much was erased', async () => {
      const keys = await open();
      await keys.makeKey('p1');
      await keys.makeKey('p2');
      await keys.destroy('p1');
      await keys.secret('s');
      expect(await keys.summary()).toEqual({ held: 1, erased: 1, secrets: 1, masters: [{ id: master.id, wraps: 2 }] });
    });
  });
}
