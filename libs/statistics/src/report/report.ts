import { type BuiltReport, type closeReport, type Cut, isRefusal, refuse, type Refusal, type writeSection } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import type { ReportEvent } from './report.events.js';
import { template } from './template.js';
import { notBegun, reportClosed } from './year.js';

export interface ReportState {
  closedOn: string | null;
}

/** One year's report: its written sections, and its closing. */
export const report: Aggregate<ReportState, ReportEvent> = {
  stream: year => `statistics.report-${year}`,
  initial: { closedOn: null },
  evolve: (state, event) => (event.type === 'ReportClosed' ? { closedOn: event.data.closedOn } : state),
};

export const write: Decision<z.infer<(typeof writeSection)['input']>, ReportState, ReportEvent> = (
  { year, section, text, invented, today },
  state,
) => {
  if (state.closedOn) return reportClosed(year, state.closedOn);
  const quoted = [...text.matchAll(figureQuote)].map(([, key]) => key!);
  const unknown = quoted.filter(key => !template.some(figure => figure.key === key));
  if (unknown.length > 0) {
    return badText(
      'figure-unknown',
      `文中引用的数字不存在：${unknown.join('、')}`,
      `The text quotes figures that do not exist: ${unknown.join(', ')}`,
    );
  }
  if (/\{\{|\}\}/.test(text.replace(figureQuote, ''))) {
    return badText(
      'figure-quote-broken',
      '数字的引用须写成 {{proactive.total}} 的样子',
      'A figure is quoted like {{proactive.total}}',
    );
  }
  const early = notBegun(year, today);
  if (early) return early;
  return [{ type: 'SectionWritten', data: { year, section, text, invented } }];
};

const figureQuote = /\{\{\s*([A-Za-z0-9.]+)\s*\}\}/g;

function badText(name: string, zh: string, en: string) {
  return refuse('invalid', name, { zh: `${zh}。`, en: `${en}.` }, { issues: [{ path: 'text', zh, en }] });
}

/**
 * Fixes the year's report as it reads now. What becomes known later shows as differences beside the closed figures, never
 * inside them. `built`: the report at this cut, or why it cannot be had.
 */
export const close =
  (cut: Cut, built: BuiltReport | Refusal): Decision<z.infer<(typeof closeReport)['input']>, ReportState, ReportEvent> =>
  ({ year, actor, occurredOn }, state) => {
    if (state.closedOn) return reportClosed(year, state.closedOn);
    if (occurredOn <= cut.period.to) {
      return refuse('conflict', 'period-not-over', {
        zh: `${year} 年尚未结束，报告不能定稿。`,
        en: `The year ${year} is not over; its report cannot be closed.`,
      });
    }
    if (isRefusal(built)) return built;
    if (built.figures.length === 0) {
      return refuse('conflict', 'report-empty', {
        zh: `${year} 年没有任何数字，无可定稿。`,
        en: `The report of ${year} has no figure to close.`,
      });
    }
    return [{ type: 'ReportClosed', data: { year, closedOn: occurredOn, by: actor.name, report: built } }];
  };
