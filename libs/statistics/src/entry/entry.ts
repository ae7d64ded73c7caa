import { refuse, type withdrawEntry } from '#contracts';
import type { Aggregate, Circumstances, Decision, StepInput } from '#commands';
import type { z } from 'zod';
import { notBegun, reportClosed } from '../report/year.js';
import type { Entry, EntryEvent } from './entry.events.js';

export interface EntryState {
  entry: Entry | null;
  withdrawn: boolean;
}

export const entry: Aggregate<EntryState, EntryEvent> = {
  stream: id => `statistics.entry-${id}`,
  initial: { entry: null, withdrawn: false },
  evolve(state, event) {
    switch (event.type) {
      case 'EntryRecorded':
        return { ...state, entry: event.data.entry };
      case 'EntryWithdrawn':
        return { ...state, withdrawn: true };
      default:
        return state;
    }
  },
};

/** `told` makes the entry of the command, once the day it happened is known; `closedOn`: the day its year's report was closed. */
export function recordEntry<C extends StepInput>(
  entryId: string,
  told: (command: C & Circumstances) => Entry,
  closedOn: string | null,
): Decision<C, EntryState, EntryEvent> {
  return (command, state) => {
    if (state.entry)
      return refuse('conflict', 'already-recorded', { zh: '这一事项已经登记。', en: 'This entry is recorded already.' });
    const entry = told(command);
    if (closedOn) return reportClosed(entry.year, closedOn);
    return notBegun(entry.year, command.today) ?? [{ type: 'EntryRecorded', data: { entryId, entry } }];
  };
}

export const strike: Decision<z.infer<(typeof withdrawEntry)['input']>, EntryState, EntryEvent> = (command, state) => {
  if (!state.entry) return refuse('missing', 'entry-unknown', { zh: '没有这一事项。', en: 'There is no such entry.' });
  if (state.withdrawn)
    return refuse('conflict', 'already-withdrawn', { zh: '这一事项已经撤销。', en: 'This entry is withdrawn already.' });
  return [{ type: 'EntryWithdrawn', data: { entryId: command.id, year: state.entry.year, why: command.why } }];
};
