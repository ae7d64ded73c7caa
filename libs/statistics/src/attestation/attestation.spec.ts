import { describe, expect, it } from '@jest/globals';
import { attest, attestation, withdrawStatement } from './attestation.js';

const around = {
  actor: { person: 'zhou', name: '周平', roles: ['reporter' as const] },
  today: '2026-11-24',
  occurredOn: '2026-11-24',
};
const visits = {
  year: 2013,
  key: 'channels.portal.visits',
  value: 70_000,
  qualifier: 'over' as const,
  source: '网站统计',
  saidBy: '办公室',
  statedOn: '2014-01-10',
  ...around,
};

describe('an attested figure', () => {
  it('is stated with its qualifier, source and who says so', () => {
    expect(attest(visits, attestation.initial)).toMatchObject([
      { type: 'FigureAttested', data: { value: 70_000, qualifier: 'over', source: '网站统计', saidBy: '办公室' } },
    ]);
  });
  it('cannot replace a figure that is counted from its cases', () => {
    expect(attest({ ...visits, key: 'proactive.total' }, attestation.initial)).toMatchObject({ name: 'figure-derived' });
  });
  it('must be one the report has, and not stated in the future', () => {
    expect(attest({ ...visits, key: 'no.such' }, attestation.initial)).toMatchObject({ name: 'figure-unknown' });
    expect(attest({ ...visits, statedOn: '2027-01-01' }, attestation.initial)).toMatchObject({ name: 'stated-in-future' });
  });
  it('is withdrawn once', () => {
    const stated = attestation.evolve(attestation.initial, { type: 'FigureAttested', data: visits });
    const why = { id: '2013.channels.portal.visits', why: '口径有误', ...around };
    expect(withdrawStatement(why, stated)).toMatchObject([{ type: 'AttestationWithdrawn', data: { key: visits.key } }]);
    expect(withdrawStatement(why, attestation.initial)).toMatchObject({ refused: 'missing' });
    expect(withdrawStatement(why, { ...stated, standing: false })).toMatchObject({ name: 'already-withdrawn' });
  });
});
