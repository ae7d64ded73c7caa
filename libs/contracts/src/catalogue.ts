import { z } from 'zod';
import { category, dateOn, id, line, page, slug, step, text } from './common.js';
import type { EventOf, EventTypes } from './events.js';
import { command, query } from './operation.js';

export const unitKinds = ['internal', 'subordinate', 'municipal'] as const;
/** The seed's four contents (公开内容): the earthquake, matters of public concern, official activities, policy. */
export const contents = ['earthquake', 'major', 'activities', 'policy'] as const;
/** Where the draft of a record stands; `published` means that no draft is open. */
export const recordStatuses = [
  'collected',
  'first-reviewed',
  'submitted',
  'secrecy-cleared',
  'approved',
  'published',
  'returned',
  'withdrawn',
] as const;
export type RecordStatus = (typeof recordStatuses)[number];

const recordFields = {
  unit: slug.describe('信息来源单位 / the unit it comes from'),
  title: line(300),
  body: text(100_000).optional(),
  attachment: z
    .strictObject({ name: line(200), href: z.url({ protocol: /^https?$/ }).max(1000), mediaType: z.string().max(100).optional() })
    .optional()
    .describe('附件引用；正文和附件至少有其一 / a reference to the attachment; body or attachment, at least one'),
  category: category.describe('类别：概况、计划总结、法规公文、工作动态、财政'),
  topic: line(100).describe('主题分类，如 民政、扶贫、救灾/减灾救灾'),
  content: z.enum(contents).describe('公开内容（四项之一）'),
  documentNumber: line(100).optional().describe('文号'),
  formedOn: dateOn.describe('成文日期'),
};

const reason = text(500);
const ofRecord = { id };

export const registerUnit = command(
  'catalogue.unit.register',
  ['publisher'],
  { zh: '登记单位', en: 'register a unit' },
  {
    id: slug,
    name: line(100),
    kind: z.enum(unitKinds).describe('厅机关处室、直属事业单位、市州'),
    ...step,
  },
  { creates: true },
);
export const designatePerson = command(
  'catalogue.unit.designate',
  ['publisher'],
  { zh: '指定信息专人', en: 'designate a person' },
  {
    id: slug,
    person: line(100),
    from: dateOn,
    to: dateOn.optional(),
    ...step,
  },
);
export const getUnit = query('catalogue.unit.get', 'staff', { zh: '查看单位', en: 'a unit' }, { id: slug });
export const listUnits = query(
  'catalogue.unit.list',
  'public',
  { zh: '单位列表', en: 'the units' },
  { kind: z.enum(unitKinds).optional(), ...page },
);

export const collectRecord = command(
  'catalogue.record.collect',
  ['collector'],
  { zh: '采集信息', en: 'collect a record' },
  { ...recordFields, ...step },
  { creates: true },
);
export const firstReviewRecord = command(
  'catalogue.record.first-review',
  ['collector'],
  { zh: '初审', en: 'first review' },
  { ...ofRecord, ...step },
);
export const submitRecord = command(
  'catalogue.record.submit',
  ['collector'],
  { zh: '上报', en: 'submit' },
  { ...ofRecord, ...step },
);
export const secrecyReviewRecord = command(
  'catalogue.record.secrecy-review',
  ['secrecy-reviewer'],
  { zh: '保密审查', en: 'secrecy review' },
  {
    ...ofRecord,
    finding: z
      .literal('not-secret')
      .default('not-secret')
      .describe('审查结论；涉密或存疑的用退回 / a doubtful or secret record is returned instead'),
    ...step,
  },
);
export const approveRecord = command(
  'catalogue.record.approve',
  ['publisher'],
  { zh: '审批', en: 'approve' },
  { ...ofRecord, ...step },
);
export const publishRecord = command(
  'catalogue.record.publish',
  ['publisher'],
  { zh: '发布', en: 'publish' },
  { ...ofRecord, ...step },
);
export const reviseRecord = command(
  'catalogue.record.revise',
  ['collector', 'publisher'],
  { zh: '修订', en: 'revise' },
  {
    ...ofRecord,
    ...z.object(recordFields).omit({ unit: true }).partial().shape,
    why: reason.describe('修订原因 / why it is revised'),
    ...step,
  },
);
export const withdrawRecord = command(
  'catalogue.record.withdraw',
  ['publisher'],
  { zh: '撤回', en: 'withdraw' },
  { ...ofRecord, why: reason.describe('撤回原因（公开）/ why, shown to the public'), ...step },
);
export const returnRecord = command(
  'catalogue.record.return',
  ['collector', 'secrecy-reviewer', 'publisher'],
  { zh: '退回', en: 'return' },
  { ...ofRecord, why: reason.describe('退回原因 / why it is returned'), ...step },
);

export const getRecord = query(
  'catalogue.record.get',
  'staff',
  { zh: '查看信息（含办理过程）', en: 'a record with its history' },
  ofRecord,
);
export const listRecords = query(
  'catalogue.record.list',
  'staff',
  { zh: '信息列表', en: 'records in any state' },
  {
    q: z.string().trim().max(100).optional().describe('检索词，简繁均可'),
    status: z.enum(recordStatuses).optional(),
    category: category.optional(),
    unit: slug.optional(),
    ...page,
  },
);
export const getPublicRecord = query(
  'catalogue.public-record.get',
  'public',
  { zh: '公开信息', en: 'a published record' },
  ofRecord,
);
export const listPublicRecords = query(
  'catalogue.public-record.list',
  'public',
  { zh: '公开信息列表与检索', en: 'published records' },
  {
    q: z.string().trim().max(100).optional(),
    category: category.optional(),
    unit: slug.optional(),
    ...page,
  },
);
export const catalogueTasks = query('catalogue.tasks', 'staff', { zh: '待办', en: 'what waits in the catalogue' }, {});

/** Contract events: what other rooms may rely on. Fields a listener needs are in the event, so that none has to ask back. */
export const catalogueEvents = {
  UnitRegistered: { version: 1, data: z.strictObject({ unitId: slug, name: z.string(), kind: z.enum(unitKinds) }) },
  /** First publication and publication of a revision. `first` is true once in a record's life: that is what is counted. */
  RecordPublished: {
    version: 1,
    data: z.strictObject({
      recordId: id,
      indexNumber: z.string(),
      first: z.boolean(),
      unit: slug,
      title: z.string(),
      category,
      /** The class before this publication; equals `category` on the first. */
      previousCategory: category,
      topic: z.string(),
      content: z.enum(contents),
      /** The content before this publication; equals `content` on the first. */
      previousContent: z.enum(contents),
      documentNumber: z.string().optional(),
      formedOn: dateOn,
      /** The record's first publication. */
      firstPublishedOn: dateOn,
      publishedOn: dateOn,
    }),
  },
  RecordWithdrawn: {
    version: 1,
    data: z.strictObject({
      recordId: id,
      category,
      content: z.enum(contents),
      firstPublishedOn: dateOn,
      withdrawnOn: dateOn,
      why: z.string(),
    }),
  },
} satisfies EventTypes;
export type UnitRegistered = EventOf<typeof catalogueEvents, 'UnitRegistered'>;
export type RecordPublished = EventOf<typeof catalogueEvents, 'RecordPublished'>;
export type RecordWithdrawn = EventOf<typeof catalogueEvents, 'RecordWithdrawn'>;

/** What the public and staff see of a record. Status, steps and drafts are for staff only. */
export interface PublicRecord {
  id: string;
  indexNumber: string;
  title: string;
  body?: string;
  attachment?: { name: string; href: string; mediaType?: string };
  category: string;
  topic: string;
  content: string;
  documentNumber?: string;
  unit: string;
  unitName: string;
  formedOn: string;
  /** First publication (发布日期). */
  publishedOn: string;
  revisedOn?: string;
  /** 有效性: in force until withdrawn. */
  validity: 'in-force' | 'withdrawn';
  withdrawn?: { on: string; why: string };
}
