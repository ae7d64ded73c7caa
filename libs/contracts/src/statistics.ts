import { z } from 'zod';
import { dateOn, id, line, page, partialDateOn, step, text } from './common.js';
import { command, query } from './operation.js';

const year = z.coerce.number().int().min(2008, { error: '年度报告从 2008 年起 / annual reports begin with 2008' }).max(2199);
const figureKey = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,80}$/);

/** States a figure no items stand behind: value, qualifier, scope, source, who says so. Stating it again replaces it. */
export const attestFigure = command(
  'statistics.attestation.attest',
  ['reporter'],
  { zh: '登记陈述数', en: 'attest a figure' },
  {
    year,
    key: figureKey,
    value: z.number().int().min(0).max(1e12),
    qualifier: z.enum(['over']).optional().describe('over：余、多'),
    scope: text(300).optional(),
    ...step,
    source: text(300).describe('数据来源'),
    saidBy: line(100).describe('由谁陈述'),
    statedOn: dateOn.describe('陈述日期'),
  },
  { creates: true },
);
export const withdrawAttestation = command(
  'statistics.attestation.withdraw',
  ['reporter'],
  { zh: '撤销陈述数', en: 'withdraw an attested figure' },
  { id, why: text(500), ...step },
);
export const getAttestation = query(
  'statistics.attestation.get',
  'staff',
  { zh: '查看陈述数', en: 'an attested figure' },
  { id },
);
export const listAttestations = query(
  'statistics.attestation.list',
  'staff',
  { zh: '陈述数列表', en: 'attested figures' },
  { year: year.optional(), ...page },
);

/** What a year's report tells beside its figures. */
export const entryKinds = ['institution', 'campaign', 'training', 'problem', 'measure'] as const;
export const recordInstitution = command(
  'statistics.institution.record',
  ['reporter'],
  { zh: '登记制度建设', en: 'record institution building' },
  {
    year,
    what: line(300),
    status: z.enum(['issued', 'existing']).describe('本年印发或已有'),
    on: partialDateOn.optional(),
    says: text(1000).optional(),
    ...step,
  },
  { creates: true },
);
export const recordCampaign = command(
  'statistics.campaign.record',
  ['reporter'],
  { zh: '登记活动', en: 'record a campaign' },
  { year, name: line(200), ...step },
  { creates: true },
);
/** `occurredOn` is the day it was held; its year is the report's. */
export const recordTraining = command(
  'statistics.training.record',
  ['reporter'],
  { zh: '登记培训', en: 'record training' },
  {
    kind: z.enum(['business', 'awareness', 'secrecy']).describe('业务培训、宣传普及、保密教育'),
    form: line(50).describe('座谈、会议、文件、专题培训等'),
    subject: line(300),
    audience: line(200),
    headcount: z.number().int().min(1).max(1_000_000).optional(),
    ...step,
  },
  { creates: true },
);
export const recordProblem = command(
  'statistics.problem.record',
  ['reporter'],
  { zh: '登记问题', en: 'record a problem' },
  { year, text: text(1000), ...step },
  { creates: true },
);
export const recordMeasure = command(
  'statistics.measure.record',
  ['reporter'],
  { zh: '登记措施', en: 'record a measure' },
  {
    year,
    text: text(1000),
    problem: id.optional().describe('所针对的问题 / the problem it answers'),
    ...step,
  },
  { creates: true },
);
export const withdrawEntry = command(
  'statistics.entry.withdraw',
  ['reporter'],
  { zh: '撤销报告事项', en: 'withdraw an entry of the report' },
  { id, why: text(500), ...step },
);
export const listEntries = query(
  'statistics.entry.list',
  'staff',
  { zh: '报告事项列表', en: 'entries of a report' },
  { year: year.optional(), kind: z.enum(entryKinds).optional(), ...page },
);

/** The report's sections in order; those with prose can be written. */
export const sectionKeys = [
  'introduction',
  'work',
  'work.institutions',
  'work.collection',
  'work.training',
  'work.platform',
  'disclosure',
  'disclosure.catalogue',
  'disclosure.portal',
  'disclosure.media',
  'disclosure.microblog',
  'requests',
  'problems',
  'measures',
] as const;
export const writeSection = command(
  'statistics.section.write',
  ['reporter'],
  { zh: '撰写章节', en: 'write a section' },
  {
    year,
    section: z.enum(sectionKeys),
    text: text(20_000).describe('可用 {{proactive.total}} 引用数字，数字随事件重算 / figures are quoted as {{key}}'),
    invented: z.boolean().default(false).describe('示例文字，页面上标明 / example prose, said so on screen'),
    ...step,
  },
);
export const closeReport = command(
  'statistics.report.close',
  ['reporter'],
  { zh: '报告定稿', en: "close a year's report" },
  { year, ...step },
);

export const getReport = query(
  'statistics.report.get',
  'public',
  { zh: '年度报告', en: 'an annual report' },
  {
    year,
    asOf: dateOn.optional().describe('截至该日发生的事；默认为当年最后一天，未到则为今天'),
  },
);
const instant = z.iso.datetime({
  offset: true,
  error: '应为带时区的时刻，如 2013-04-20T08:00:00+08:00 / an instant with its zone, like 2013-04-20T08:00:00+08:00',
});
/** As it would have been printed then: from what had been recorded, not from what is known today. */
export const getReportAsRecorded = query(
  'statistics.report.as-recorded',
  'staff',
  { zh: '当时所记的年度报告', en: 'an annual report as it was recorded at a moment' },
  {
    year,
    asOf: dateOn.optional().describe('截至该日发生的事 / what had happened by this day'),
    recordedBy: instant.optional().describe('截至该时刻已记录的事件 / events recorded by this instant'),
    position: z.coerce.number().int().min(0).optional().describe('截至该位置的事件 / events up to this position of the log'),
  },
);
export const listReports = query('statistics.report.list', 'public', { zh: '年度报告列表', en: 'annual reports' }, page);
export const getCases = query(
  'statistics.report.cases',
  'public',
  { zh: '数字背后的事项', en: 'the cases behind a figure' },
  {
    year,
    key: figureKey,
    asOf: dateOn.optional(),
    ...page,
  },
);
export const statisticsTasks = query('statistics.tasks', 'staff', { zh: '待办', en: 'what waits for the report' }, {});

const statement = z.strictObject({
  source: z.string(),
  saidBy: z.string(),
  statedOn: dateOn,
  scope: z.string().optional(),
});
export type Statement = z.infer<typeof statement>;

const figure = z.strictObject({
  key: figureKey,
  label: z.string(),
  value: z.number(),
  unit: z.string(),
  kind: z.enum(['derived', 'attested']),
  /** The exact number of cases, where `value` is rounded down. */
  count: z.number().optional(),
  qualifier: z.literal('over').optional(),
  /** As printed: `520条`, `450余篇`, `7万余次`. */
  display: z.string(),
  /** How it is counted, in Chinese; shown on the page too. */
  definition: z.string(),
  /** Our reading of the published report, where it is one. */
  assumption: z.string().optional(),
  /** Says so where the figure is a sum or a reading that is not printed. */
  computed: z.string().optional(),
  /** Behind an attested figure. */
  statement: statement.optional(),
});
export type Figure = z.infer<typeof figure>;

/** Prose with figures in it: plain text, or a figure by key as it is displayed (— where it is absent). */
const part = z.union([z.string(), z.strictObject({ figure: z.string(), display: z.string() })]);
export type Part = z.infer<typeof part>;

const reportSection = z.strictObject({
  key: z.string(),
  /** 一、 · （一） · 1、 or empty. */
  number: z.string(),
  level: z.literal([1, 2, 3]),
  title: z.string(),
  paragraphs: z.array(z.array(part)),
  items: z.array(z.strictObject({ kind: z.string(), text: z.string(), note: z.string().optional(), on: z.string().optional() })),
  /** Keys of the figures that belong to the section. */
  figures: z.array(figureKey),
  /** True where the prose is example prose. */
  invented: z.boolean(),
});
export type ReportSection = z.infer<typeof reportSection>;

const cut = z.strictObject({
  period: z.strictObject({ from: dateOn, to: dateOn }),
  asOf: dateOn,
  definitionVersion: z.string(),
  templateVersion: z.string(),
});
export type Cut = z.infer<typeof cut>;

/** A year's report as it was counted; closing the year stores it as it is. */
export const builtReport = z.strictObject({
  year: z.number().int(),
  figures: z.array(figure),
  /** Figures of the template that are not to be had at this cut: shown as —, never 0. */
  absent: z.array(z.strictObject({ key: figureKey, label: z.string(), why: z.string() })),
  sections: z.array(reportSection),
  /** By class and by month, of the records counted: for the picture. */
  breakdown: z.array(z.strictObject({ category: z.string(), month: z.string(), count: z.number() })),
  cut,
  digest: z.string(),
  evidence: z.strictObject({ position: z.number().int(), recordedUpTo: z.string().nullable() }),
});
export type BuiltReport = z.infer<typeof builtReport>;

export interface Difference {
  key: string;
  closed: number | null;
  now: number | null;
  events: { id: string; type: string; caseId: string; occurredOn: string; recordedAt: string; position: number }[];
}
/** As it is answered: a closed year with what has come to differ since beside it. */
export interface AnnualReport extends BuiltReport {
  closed?: { on: string; by: string; digest: string };
  differences?: Difference[];
}
export interface ReportListing {
  year: number;
  title: string;
  closed: { on: string; by: string; digest: string } | null;
}
export interface Case {
  id: string;
  kind: 'record' | 'placement' | 'post' | 'request';
  title: string;
  /** The day it counts from. */
  on: string;
  detail: Record<string, string>;
  href?: string;
  /** The events it rests on. */
  events: { id: string; type: string; occurredOn: string; recordedAt: string; position: number }[];
}
export interface Cases {
  figure: Figure;
  total: number;
  items: Case[];
  next: string | null;
  /** Withdrawn by the cut: taken out of the total, listed apart. */
  withdrawn: (Case & { withdrawnOn: string; why: string })[];
  statement?: Statement;
}
/** One thing that waits, of any room. */
export interface Task {
  room: string;
  kind: string;
  id: string;
  title: string;
  roles: string[];
  since: string;
  dueOn: string | null;
  overdue: boolean;
  href: string;
}
