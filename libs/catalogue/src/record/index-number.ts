import type { Aggregate, Decision, StepInput } from '#commands';
import type { IndexNumberEvent } from './record.events.js';

/**
 * Index numbers (索引号): organisation code, year and a serial of five digits, as the national guideline composes them
 * (政府信息公开目录系统实施指引（试行）, 2009). One stream a year hands them out: a number's serial is its place in the stream,
 * so none is given twice, and a record that asks again gets the one it has.
 */
export const indexNumbers: Aggregate<null, IndexNumberEvent> = {
  stream: year => `catalogue.index-numbers-${year}`,
  initial: null,
  evolve: () => null,
};

export const issue: Decision<StepInput & { recordId: string }, null, IndexNumberEvent> = command => [
  { type: 'IndexNumberIssued', data: { recordId: command.recordId } },
];

/** 20 characters with a code of nine: `000000000/2013-00001`. */
export function indexNumber(authorityCode: string, year: string, serial: number): string {
  return `${authorityCode}/${year}-${String(serial).padStart(5, '0')}`;
}
