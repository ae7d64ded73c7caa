import { describe, expect, it } from '@jest/globals';
import type { Entry } from './entry.events.js';
import { entry, recordEntry, strike } from './entry.js';

const around = {
  actor: { person: 'zhou', name: '周平', roles: ['reporter' as const] },
  today: '2026-11-24',
  occurredOn: '2026-11-24',
};
const problem = (year: number): Entry => ({ kind: 'problem', year, text: '队伍建设有待加强' });
const record = (year: number, closedOn: string | null = null) =>
  recordEntry('p1', () => problem(year), closedOn)(around, entry.initial);

describe('an entry of the report', () => {
  it('is recorded for its year', () => {
    expect(record(2013)).toEqual([{ type: 'EntryRecorded', data: { entryId: 'p1', entry: problem(2013) } }]);
  });

  it('is not recorded for a year that has not begun, nor for one whose report is closed', () => {
    expect(record(2027)).toMatchObject({ refused: 'invalid', name: 'year-not-begun' });
    expect(record(2013, '2014-03-20')).toMatchObject({ refused: 'conflict', name: 'report-closed' });
  });

  it('is struck once, with a reason', () => {
    const recorded = entry.evolve(entry.initial, { type: 'EntryRecorded', data: { entryId: 'p1', entry: problem(2013) } });
    const why = { id: 'p1', why: '重复登记', ...around };
    const struck = strike(why, recorded);
    expect(struck).toEqual([{ type: 'EntryWithdrawn', data: { entryId: 'p1', year: 2013, why: '重复登记' } }]);
    expect(strike(why, entry.initial)).toMatchObject({ refused: 'missing' });
    expect(
      strike(why, entry.evolve(recorded, { type: 'EntryWithdrawn', data: { entryId: 'p1', year: 2013, why: '重复登记' } })),
    ).toMatchObject({
      name: 'already-withdrawn',
    });
  });
});
