import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  type Ask,
  attestFigure,
  closeReport,
  getAttestation,
  getCases,
  getReport,
  getReportAsRecorded,
  isRefusal,
  listAttestations,
  listEntries,
  listReports,
  recordCampaign,
  recordInstitution,
  recordMeasure,
  recordProblem,
  recordTraining,
  refuse,
  type Refusal,
  statisticsTasks,
  withdrawAttestation,
  withdrawEntry,
  writeSection,
} from '#contracts';
import { addressId, type Envelope, historyOf, load, type StepInput } from '#commands';
import { Room } from '#messaging';
import { attest, attestation, attestationId, unknownAttestation, withdrawStatement } from './attestation/attestation.js';
import { entry, recordEntry, strike } from './entry/entry.js';
import { buildReport, cutOf, provincialColumn } from './report/build-report.js';
import { casesOf } from './report/cases.js';
import { closedReport, closingOf } from './report/closed-report.js';
import { close, report, write } from './report/report.js';
import { reportAsOf } from './report/report-as-of.js';
import { turns } from './report/turns.js';
import { template } from './report/template.js';
import { annualReportView, type Fact } from './views/annual-report.js';
import { reportCasesView } from './views/report-cases.js';
import { attestationsOf, entriesOf, listingsOf, tasksOf } from './views/report-pages.js';

const closingAttemptsMax = 5;
/** Each is a walk over the log. */
const lookingBackMost = 5;

/** Every door of the statistics. */
@Controller()
export class StatisticsController {
  constructor(@Inject(Room) private readonly room: Room) {}

  @MessagePattern('statistics.status') status() {
    return this.room.status();
  }
  @MessagePattern('statistics.metrics') metrics() {
    return this.room.metrics();
  }

  @MessagePattern(attestFigure.subject) attest(@Payload() ask: Ask) {
    return this.room.command(attestFigure, ask, (input, envelope) =>
      this.room.decide(attestation, attestationId(input.year, input.key), input, attest, envelope),
    );
  }
  @MessagePattern(withdrawAttestation.subject) withdrawAttestation(@Payload() ask: Ask) {
    return this.room.command(withdrawAttestation, ask, (input, envelope) =>
      this.room.decide(attestation, input.id, input, withdrawStatement, envelope),
    );
  }
  @MessagePattern(recordInstitution.subject) recordInstitution(@Payload() ask: Ask) {
    return this.room.command(recordInstitution, ask, (input, envelope) =>
      this.told(input, envelope, ({ year, what, status, on, says }) => ({ kind: 'institution', year, what, status, on, says })),
    );
  }
  @MessagePattern(recordCampaign.subject) recordCampaign(@Payload() ask: Ask) {
    return this.room.command(recordCampaign, ask, (input, envelope) =>
      this.told(input, envelope, ({ year, name }) => ({ kind: 'campaign', year, name })),
    );
  }
  @MessagePattern(recordTraining.subject) recordTraining(@Payload() ask: Ask) {
    return this.room.command(recordTraining, ask, (input, envelope) =>
      this.told(input, envelope, ({ kind, form, subject, audience, headcount, occurredOn: on }) => ({
        kind: 'training',
        year: Number(on.slice(0, 4)),
        training: kind,
        form,
        subject,
        audience,
        headcount,
        on,
      })),
    );
  }
  @MessagePattern(recordProblem.subject) recordProblem(@Payload() ask: Ask) {
    return this.room.command(recordProblem, ask, (input, envelope) =>
      this.told(input, envelope, ({ year, text }) => ({ kind: 'problem', year, text })),
    );
  }
  @MessagePattern(recordMeasure.subject) recordMeasure(@Payload() ask: Ask) {
    return this.room.command(recordMeasure, ask, async (input, envelope) => {
      if (input.problem !== undefined) {
        const { state } = await load(this.room.store, entry, input.problem);
        if (state.entry?.kind !== 'problem')
          return refuse('missing', 'problem-unknown', {
            zh: `没有问题 ${input.problem}。`,
            en: `There is no problem ${input.problem}.`,
          });
      }
      return this.told(input, envelope, ({ year, text, problem }) => ({ kind: 'measure', year, text, problem }));
    });
  }
  @MessagePattern(withdrawEntry.subject) withdrawEntry(@Payload() ask: Ask) {
    return this.room.command(withdrawEntry, ask, (input, envelope) => this.room.decide(entry, input.id, input, strike, envelope));
  }
  @MessagePattern(writeSection.subject) writeSection(@Payload() ask: Ask) {
    return this.room.command(writeSection, ask, (input, envelope) =>
      this.room.decide(report, String(input.year), input, write, envelope),
    );
  }
  @MessagePattern(closeReport.subject) closeReport(@Payload() ask: Ask) {
    return this.room.command(closeReport, ask, async (input, envelope) => {
      for (let attempt = 1; ; attempt++) {
        // A section written between the building and the closing would be missing from what is closed for good.
        const { history } = await load(this.room.store, report, String(input.year));
        const asked = { year: input.year, today: envelope.today };
        const cut = cutOf(asked);
        if (isRefusal(cut)) return cut;
        const lacking = await this.room.lacking(annualReportView);
        const built = lacking ?? (await buildReport(this.room.view(annualReportView), asked));
        const closed = await this.room.decide(report, String(input.year), input, close(cut, built), {
          ifMatch: history.length - 1,
          ...envelope,
        });
        const overtaken = isRefusal(closed) && closed.refused === 'stale' && envelope.ifMatch === undefined;
        if (!overtaken || attempt === closingAttemptsMax) return closed;
      }
    });
  }

  @MessagePattern(getReport.subject) getReport(@Payload() ask: Ask) {
    return this.room.query(getReport, ask, annualReportView, async ({ year, asOf }, view) => {
      const { today } = this;
      if (asOf !== undefined) return buildReport(view, { year, asOf, today });
      await this.room.fresh(reportCasesView);
      return closedReport(view, this.room.view(reportCasesView), year, today);
    });
  }
  @MessagePattern(getReportAsRecorded.subject) getAsRecorded(@Payload() ask: Ask) {
    return this.room.query(getReportAsRecorded, ask, annualReportView, async ({ year, asOf, recordedBy, position }) => {
      const moment = position !== undefined ? { position } : recordedBy !== undefined ? { instant: recordedBy } : null;
      if (!moment || (position !== undefined && recordedBy !== undefined)) return momentWanted();
      if (this.lookingBack.waiting >= lookingBackMost) return tooManyLookBack();
      const asked = { year, asOf, today: this.today };
      return this.lookingBack
        .inTurn(signal => reportAsOf(this.room.store, asked, moment, signal))
        .catch((error: unknown) => {
          if (error instanceof DOMException && error.name === 'TimeoutError') return tooManyLookBack();
          throw error;
        });
    });
  }
  private readonly lookingBack = turns(() => this.room.platform.config.deadlineMs);

  @MessagePattern(getCases.subject) getCases(@Payload() ask: Ask) {
    return this.room.query(getCases, ask, annualReportView, async ({ year, key, asOf, limit, after }, view) => {
      const { today } = this;
      const closing = asOf === undefined ? await closingOf(view, year) : null;
      const built = closing?.report ?? (await buildReport(view, { year, asOf, today }));
      if (isRefusal(built)) return built;
      const figure = built.figures.find(one => one.key === key);
      if (!figure) return noFigure(year, key, built.absent.find(one => one.key === key)?.why);
      await this.room.fresh(reportCasesView);
      const channels = await view.find<Extract<Fact, { kind: 'channel' }>>('facts', { where: { kind: 'channel' }, limit: 1000 });
      const column = key === 'proactive.cumulative' ? provincialColumn(channels.items, built.cut.asOf) : null;
      return casesOf(this.room.view(reportCasesView), {
        figure,
        period: built.cut.period,
        asOf: built.cut.asOf,
        limit,
        after,
        column,
        ...(closing ? { knownAt: closing.report.evidence.position } : {}),
      });
    });
  }
  @MessagePattern(listReports.subject) listReports(@Payload() ask: Ask) {
    return this.room.query(listReports, ask, annualReportView, async (_, view) => {
      const items = await listingsOf(view, Number(this.today.slice(0, 4)));
      return { total: items.length, items, next: null };
    });
  }
  @MessagePattern(getAttestation.subject) getAttestation(@Payload() ask: Ask) {
    return this.room.query(getAttestation, ask, annualReportView, async ({ id }) => {
      const { state, history } = await load(this.room.store, attestation, id);
      if (!state.ever) return unknownAttestation();
      const statement = history.filter(event => event.type === 'FigureAttested').at(-1)!.data;
      return { id, revision: history.length - 1, standing: state.standing, ...statement, history: historyOf(history) };
    });
  }
  @MessagePattern(listAttestations.subject) listAttestations(@Payload() ask: Ask) {
    return this.room.query(listAttestations, ask, annualReportView, (input, view) => attestationsOf(view, input));
  }
  @MessagePattern(listEntries.subject) listEntries(@Payload() ask: Ask) {
    return this.room.query(listEntries, ask, annualReportView, (input, view) => entriesOf(view, input));
  }
  @MessagePattern(statisticsTasks.subject) tasks(@Payload() ask: Ask) {
    return this.room.query(statisticsTasks, ask, annualReportView, (_, view, actor) => tasksOf(view, actor!, this.today));
  }

  private async told<C extends StepInput & { year?: number }>(
    input: C,
    envelope: Envelope,
    told: Parameters<typeof recordEntry<C>>[1],
  ) {
    const id = addressId(envelope.commandId);
    const year = input.year ?? Number((input.occurredOn ?? envelope.today).slice(0, 4));
    const { state } = await load(this.room.store, report, String(year));
    return this.room.decide(entry, id, input, recordEntry(id, told, state.closedOn), envelope);
  }

  private get today(): string {
    return this.room.platform.clock.today();
  }
}

function noFigure(year: number, key: string, why: string | undefined) {
  const known = template.some(figure => figure.key === key);
  return refuse('missing', known ? 'figure-absent' : 'figure-unknown', {
    zh: known ? `${year} 年报告在此截止日没有这个数：${why}。` : `报告里没有 ${key} 这个数。`,
    en: known ? `The report of ${year} has no such figure at this cut.` : `The report has no figure ${key}.`,
  });
}

function momentWanted(): Refusal {
  return refuse('invalid', 'moment-wanted', {
    zh: '请给出 recordedBy（时刻）或 position（位置），两者之一。',
    en: 'Give recordedBy (an instant) or position, one of the two.',
  });
}

function tooManyLookBack(): Refusal {
  return refuse('unready', 'too-many-wait', {
    zh: '正在回算的报告太多，请稍后再试。',
    en: 'Too many reports are being counted from the log; try again later.',
  });
}
