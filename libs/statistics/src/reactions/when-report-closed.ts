import type { Room } from '#messaging';
import type { Reaction } from '#projections';

/** A closed report rests on the log as it was then: an anchor says what it was. The closing itself does not wait for it. */
export function whenReportClosed({ platform }: Room): Reaction {
  return {
    name: 'when-report-closed',
    events: ['ReportClosed'],
    async react({ position, data, metadata }) {
      const { file, already } = await platform.anchor(position, `${String(data['year'])} 年度报告定稿 / report closed`);
      if (!already) platform.log.info({ file, correlationId: metadata.correlationId }, 'anchored');
    },
  };
}
