import { z } from 'zod';
import { dateOn, id, line, page, step, text } from './common.js';
import { type EventOf, type EventTypes, personal } from './events.js';
import { command, query } from './operation.js';

export const requestPaths = ['direct', 'forwarded'] as const;
export const requestForms = ['letter', 'counter', 'fax', 'online'] as const;
/** The six columns of the statutory table (国办公开办函〔2021〕30号, 表三). */
export const applicantTypes = [
  'natural-person',
  'business',
  'research',
  'public-interest',
  'legal-services',
  'other-organisation',
] as const;
/** 2008 Art. 21–22 and 2019 Art. 36–37, before the fine rows of the statutory table. */
export const outcomes = [
  'granted',
  'partly-granted',
  'already-public',
  'refused',
  'not-held',
  'not-this-body',
  'unclear',
  'not-processed',
  'other',
] as const;
export const requestStatuses = ['registered', 'received', 'answered', 'closed'] as const;

/** 18-digit identity numbers (GB 11643), 15-digit old ones, mobile and fixed telephones, e-mail, and labelled names. */
const personalData = [
  /\d{17}[\dx]/i,
  /(?<!\d)\d{15}(?!\d)/,
  /(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)/,
  /(?<!\d)0\d{9,11}(?!\d)/,
  /[\w.+-]+\s*@\s*[\w-]+\.\w+/,
  /(姓\s*名|联\s*系\s*人|申\s*请\s*人|法定代表人|联系方式|电\s*话|手\s*机|微信号?|QQ号?|邮\s*箱|身份证号?码?|证件号码?|住\s*址|地\s*址)\s*(是|为)?\s*[:：;；]/i,
];
/** Dates are digits too: they are set aside before digits are joined over what people put between them. */
const dates = /\d{4}([-.\/年])\d{1,2}(\1|月)\d{1,2}日?/g;
const betweenDigits = /(?<=[\d)])[\s\p{Cf}\p{Pd}\u2212.·(),_、]+(?=[\dxX(])/gu;
function holdsPersonalData(value: string): boolean {
  const plain = value.normalize('NFKC').replace(dates, '日期');
  const joined = plain.replace(betweenDigits, '').replace(/[()]/g, '');
  return personalData.some(pattern => pattern.test(plain) || pattern.test(joined));
}
/** Free text about a request that is kept in the open: no name, contact or identity number. */
export const publicText = (maxLength: number) =>
  text(maxLength).refine(value => !holdsPersonalData(value), {
    error:
      '不能含姓名、联系方式或证件号码，请改写为不涉及个人的表述，申请人填在 applicant / must hold no name, contact or identity number; describe the matter only, the applicant goes into applicant',
  });

const requestStep = { ...step, source: publicText(500).optional(), reason: publicText(500).optional() };
const ofRequest = { id };

/**
 * Who asks: 2019 Art. 29 wants name, proof of identity (身份证明) and contact, 2008 Art. 20 name and contact. A request that a body
 * forwards, or that lacks one of them, is registered all the same.
 */
const applicant = z.strictObject({
  name: line(100).describe('姓名或者名称'),
  certificate: line(100).optional().describe('身份证明：种类和号码'),
  phone: line(50).optional().describe('电话'),
  email: line(200).optional().describe('电子邮箱'),
  address: line(300).optional().describe('通信地址'),
  organisation: line(200).optional().describe('所在单位'),
  representative: line(100).optional().describe('法定代表人、负责人或者联系人'),
});
export type Applicant = z.infer<typeof applicant>;

export const registerRequest = command(
  'requests.request.register',
  ['request-officer'],
  { zh: '登记申请', en: 'register a request' },
  {
    path: z.enum(requestPaths).describe('直接收到或由其他机关转交'),
    form: z.enum(requestForms),
    applicantType: z.enum(applicantTypes),
    subject: publicText(200).describe('公开的简短事由；不含姓名、联系方式、证件号码'),
    forwarding: z
      .strictObject({ by: publicText(100), letter: publicText(100).optional(), on: dateOn })
      .optional()
      .describe('转交机关、转办函号和日期；path 为 forwarded 时必填'),
    signedFor: z.boolean().default(false).describe('挂号或快递签收的信函（2019 年条例第三十一条）'),
    applicant: personal(applicant).optional().describe('申请人；加密保存，只有经办人可以查看，可依法删除'),
    dataSubject: id
      .optional()
      .describe(
        '同一申请人此前申请的 dataSubject，使其多件申请可一并删除；新的申请人不填 / as an earlier request of the same applicant has it',
      ),
    ...requestStep,
  },
  { creates: true },
);
export const confirmReceipt = command(
  'requests.request.confirm-receipt',
  ['request-officer'],
  { zh: '确认收到', en: 'confirm receipt' },
  { ...ofRequest, ...requestStep },
);
export const answerRequest = command(
  'requests.request.answer',
  ['request-officer'],
  { zh: '答复', en: 'answer' },
  {
    ...ofRequest,
    outcome: z.enum(outcomes),
    note: publicText(500).optional(),
    ...requestStep,
  },
);
export const closeRequest = command(
  'requests.request.close',
  ['request-officer'],
  { zh: '办结', en: 'close' },
  { ...ofRequest, ...requestStep },
);

/**
 * Before 2019-05-15 no article says when a letter counts as received; the office's practice is a setting with a date.
 * `arrival`: the day it reached the office; `confirmation`: the day receipt was confirmed.
 */
export const receiptRules = ['arrival', 'confirmation'] as const;
export const setReceiptPractice = command(
  'requests.practice.set',
  ['request-officer'],
  { zh: '设定收到日惯例', en: "set the office's receipt practice" },
  {
    from: dateOn,
    letter: z.enum(receiptRules),
    forwarded: z.enum(receiptRules),
    fax: z.enum(receiptRules),
    online: z.enum(receiptRules),
    basis: publicText(300).describe('依据，如本机关公开指南某条'),
    ...step,
  },
  { creates: true },
);
export const listReceiptPractices = query('requests.practice.list', 'staff', { zh: '收到日惯例', en: 'receipt practices' }, page);

export const getRequest = query(
  'requests.request.get',
  'staff',
  { zh: '查看申请', en: 'a request with its history and due date' },
  ofRequest,
);
/** For whoever handles the request, and nobody else: an auditor sees that an applicant is held, not who it is. */
export const getApplicant = query(
  'requests.request.applicant',
  ['request-officer'],
  { zh: '查看申请人', en: 'the applicant of a request' },
  ofRequest,
  { personalAnswer: true },
);
export const listRequests = query(
  'requests.request.list',
  'staff',
  { zh: '申请列表', en: 'requests' },
  {
    status: z.enum(requestStatuses).optional(),
    path: z.enum(requestPaths).optional(),
    dueBefore: dateOn.optional(),
    ...page,
  },
);
export const requestsTasks = query('requests.tasks', 'staff', { zh: '待办', en: 'what waits in the requests' }, {});

/** A day that does not count towards a due date. */
export const skippedDay = z.strictObject({ on: dateOn, name: z.string(), kind: z.enum(['weekend', 'holiday']) });

/** How a due date came about, day by day, so that it can be shown to the applicant. */
export interface DueExplanation {
  receivedOn: string;
  receiptRule: { zh: string; en: string };
  law: { zh: string; en: string };
  workingDays: number;
  dueOn: string;
  skipped: z.infer<typeof skippedDay>[];
  /** Weekend days that count because they are make-up working days. */
  workedWeekends: string[];
}

const origin = { requestId: id, path: z.enum(requestPaths), form: z.enum(requestForms) };

/** Contract events: what other rooms may rely on. What else the room stores with them is in its own schema of the same type. */
export const requestsEvents = {
  RequestRegistered: {
    version: 2,
    // Version 2 may hold an applicant, which is nobody's business but the room's own.
    upcasts: { 1: data => data },
    data: z.strictObject({
      ...origin,
      applicantType: z.enum(applicantTypes),
      subject: z.string(),
      arrivedOn: dateOn,
      forwarding: z.strictObject({ by: z.string(), letter: z.string().optional(), on: dateOn }).optional(),
      signedFor: z.boolean(),
    }),
  },
  ReceiptConfirmed: {
    version: 1,
    data: z.strictObject({
      ...origin,
      subject: z.string(),
      receivedOn: dateOn,
      dueOn: dateOn,
      workingDays: z.number().int(),
      receiptRule: z.string(),
    }),
  },
  RequestAnswered: {
    version: 1,
    data: z.strictObject({
      ...origin,
      subject: z.string(),
      outcome: z.enum(outcomes),
      receivedOn: dateOn,
      dueOn: dateOn,
      answeredOn: dateOn,
    }),
  },
  ReceiptPracticeSet: {
    version: 1,
    data: z.strictObject({
      from: dateOn,
      letter: z.enum(receiptRules),
      forwarded: z.enum(receiptRules),
      fax: z.enum(receiptRules),
      online: z.enum(receiptRules),
      basis: z.string(),
    }),
  },
} satisfies EventTypes;
type RequestsEvent<Name extends keyof typeof requestsEvents> = EventOf<typeof requestsEvents, Name>;
export type RequestRegistered = RequestsEvent<'RequestRegistered'>;
export type ReceiptConfirmed = RequestsEvent<'ReceiptConfirmed'>;
export type RequestAnswered = RequestsEvent<'RequestAnswered'>;
export type ReceiptPracticeSet = RequestsEvent<'ReceiptPracticeSet'>;
