import { describe, expect, it } from '@jest/globals';
import { given } from '../given.js';
import type { CommitmentEvent } from './commitment.events.js';
import { commitment, end, make } from './commitment.js';

const known = { unit: true, channels: new Set(['portal', 'notice-board']) };
const command = {
  unit: 'jiuzai',
  text: '二十日内公布物资去向',
  channels: ['portal', 'portal'],
  from: '2013-05-01',
  to: '2013-12-31',
};
const made: CommitmentEvent = {
  type: 'CommitmentMade',
  data: {
    commitmentId: 'c1',
    unit: 'jiuzai',
    text: '二十日内公布物资去向',
    channels: ['portal'],
    from: '2013-05-01',
    to: '2013-12-31',
  },
};

describe('A public commitment', () => {
  it('is of a unit, on channels, from a day to a day', () => {
    expect(given(commitment).when(make('c1', known), command)).toEqual([made]);
    expect(given(commitment).when(make('c1', { ...known, unit: false }), command)).toMatchObject({
      refused: 'missing',
      name: 'unit-unknown',
    });
    expect(given(commitment).when(make('c1', known), { ...command, channels: ['radio'] })).toMatchObject({
      refused: 'missing',
      name: 'channel-unknown',
    });
    expect(given(commitment).when(make('c1', known), { ...command, to: '2013-04-30' })).toMatchObject({
      refused: 'invalid',
      name: 'commitment-reversed',
    });
  });

  it('ends once', () => {
    const ended: CommitmentEvent = {
      type: 'CommitmentEnded',
      data: { commitmentId: 'c1', endedOn: '2013-12-31', why: '已兑现' },
    };
    expect(given(commitment, made).when(end, { id: 'c1', why: '已兑现' })).toEqual([ended]);
    expect(given(commitment, made, ended).when(end, { id: 'c1', why: '已兑现' })).toMatchObject({
      refused: 'conflict',
      name: 'already-ended',
    });
    expect(given(commitment).when(end, { id: 'c1', why: '已兑现' })).toMatchObject({
      refused: 'missing',
      name: 'commitment-unknown',
    });
  });
});
