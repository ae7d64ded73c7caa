import { describe, expect, it } from '@jest/globals';
import { practice, practiceOn, type Practice, type Practices, set } from './practice.js';

const officer = { person: 'zhou', name: '周启明', roles: ['request-officer'] as const };
const ways = { letter: 'arrival', forwarded: 'arrival', fax: 'confirmation', online: 'confirmation' } as const;
const of2009: Practice = { from: '2009-01-01', ...ways, basis: '公开指南第五条' };
const of2013: Practice = { from: '2013-07-01', ...ways, letter: 'confirmation', basis: '公开指南（2013年修订）第六条' };

function after(...set: Practice[]): Practices {
  return set.reduce<Practices>((state, data) => practice.evolve(state, { type: 'ReceiptPracticeSet', data }), practice.initial);
}

describe('The office’s receipt practice', () => {
  it('is set with the day it holds from and its basis', () => {
    const circumstances = { actor: officer, today: '2026-11-24', occurredOn: '2026-11-24' };
    expect(set({ ...of2009, ...circumstances }, after())).toEqual([{ type: 'ReceiptPracticeSet', data: of2009 }]);
  });

  it('holds from its day until the day the next one holds from, in whatever order they were set', () => {
    const practices = after(of2013, of2009);
    expect(practiceOn(practices, '2013-06-30')).toEqual(of2009);
    expect(practiceOn(practices, '2013-07-01')).toEqual(of2013);
    expect(practiceOn(practices, '2026-11-24')).toEqual(of2013);
  });

  it('is not in force before the first one', () => {
    expect(practiceOn(after(of2009), '2008-12-31')).toBeUndefined();
  });

  it('is corrected by setting it for the same day again', () => {
    const corrected = { ...of2009, basis: '公开指南第七条' };
    expect(after(of2009, of2013, corrected)).toEqual([corrected, of2013]);
  });
});
