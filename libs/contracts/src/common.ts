import { z } from 'zod';

/** A calendar date in the authority's time zone, `YYYY-MM-DD`. */
export const dateOn = z.iso
  .date({ error: '日期须为真实日期，用半角写成 2013-04-20 的样子 / a real date in ASCII digits, like 2013-04-20' })
  .refine(on => on >= '1900-01-01' && on <= '2199-12-31', {
    error: '日期须在 1900 年至 2199 年之间 / a date between 1900 and 2199',
  })
  .meta({ example: '2013-04-20' });

/** A date known only to the year or the month: `2009`, `2013-09` or `2013-09-02`. */
export const partialDateOn = z
  .union([z.string().regex(/^(19|20|21)\d\d$/), z.string().regex(/^(19|20|21)\d\d-(0[1-9]|1[0-2])$/), dateOn], {
    error: '日期须写成 2009、2013-09 或 2013-09-02 / a year, a month or a date: 2009, 2013-09, 2013-09-02',
  })
  .meta({ example: '2013-09' });

/** Ids in streams and addresses. */
export const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,98}$/, {
  error: '标识只含英文字母、数字、点、横线和下划线 / letters, digits, dot, hyphen, underscore',
});

/** A name a person chose for an address: `jiuzai`, `provincial-portal`. */
export const slug = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, {
  error: '简称用小写字母、数字和横线，以字母开头 / lower-case letters, digits and hyphens, first a letter',
});

/** Text a person wrote: trimmed, something to see in it, no control or direction characters but line breaks and tabs. */
export function text(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, { error: '不能为空 / must not be empty', abort: true })
    .max(maxLength, { error: `不超过 ${maxLength} 字 / at most ${maxLength} characters` })
    .refine(value => !unprintable.test(value) && visible.test(value), {
      error:
        '须有可见的文字，不能含控制字符或不成对的字符 / must hold visible text and no control, direction or broken characters',
    });
}
/** Half of a surrogate pair; C0 and C1 but tab and line breaks; direction overrides; byte-order mark. */
const unprintable = /[\ud800-\udfff\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A name or a title: text on one line. */
export function line(maxLength: number) {
  return text(maxLength).refine(value => !/[\r\n\t\u2028\u2029]/.test(value), { error: '只能是一行 / must be one line' });
}

/**
 * What every step may say about when it happened. Absent: today in the authority's zone. A past day (补录) needs
 * `source` and `reason` and the role `backdater`; never in the future, never before the previous step.
 */
export const step = {
  occurredOn: dateOn.optional().describe('发生日期；默认今天；补录过去的日期须写来源和原因 / when it happened; today by default'),
  source: text(500).optional().describe('补录的依据，如纸质登记簿 / where a past date is evidenced'),
  reason: text(500).optional().describe('补录的原因 / why it is recorded late'),
};

export const page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(500).optional().describe('上一页 next 地址中的游标 / the cursor of the page before'),
};

/** Answer of every command. `revision` counts from 0 within the resource; `position` is the place in the log. */
export interface Accepted {
  id: string;
  revision: number;
  position: number;
}

export interface Page<T> {
  total: number;
  items: T[];
  /** Cursor of the next page; the gateway turns it into an address. */
  next: string | null;
}

/** One step of a resource's history: who, when it happened, when it was recorded. */
export interface HistoryStep {
  event: string;
  person: string;
  occurredOn: string;
  recordedAt: string;
  revision: number;
  position: number;
  correlationId: string;
  backdated?: { source: string; reason: string };
  reason?: string;
}

/** The five classes of the department's catalogue (政府信息公开目录 的五类). */
export const categories = ['overview', 'plans', 'regulations', 'news', 'finance'] as const;
export const category = z.enum(categories);
export type Category = z.infer<typeof category>;
