import type { AnnualReport, Figure, Operation, PublicRecord, Refusal, Reply } from '#contracts';
import { type AskHouse, openPage } from './index.js';

/* For the spec only. */

export const site = { authority: '示范厅', example: false, loading: false };

/** A house that answers by subject and remembers what it was asked. */
export function house(answers: Record<string, unknown>): {
  ask: AskHouse;
  heard: { subject: string; input: Record<string, unknown> }[];
} {
  const heard: { subject: string; input: Record<string, unknown> }[] = [];
  const empty = { total: 0, items: [], next: null };
  const ask = async <T>(operation: Operation, input: Record<string, unknown>): Promise<Reply<T>> => {
    heard.push({ subject: operation.subject, input });
    const answer = answers[operation.subject] ?? empty;
    return typeof answer === 'object' && answer !== null && 'refused' in answer ? (answer as Refusal) : { ok: answer as T };
  };
  return { ask, heard };
}

export async function open(address: string, answers: Record<string, unknown> = {}, at = site) {
  const [path, query] = address.split('?') as [string, string?];
  const { ask, heard } = house(answers);
  const answer = await openPage(path, new URLSearchParams(query), ask, at);
  if (!answer) throw new Error(`not a page of ours: ${address}`);
  return { ...answer, heard };
}

export const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

export const record: PublicRecord = {
  id: 'r1',
  indexNumber: 'A-2013-0001',
  title: '关于做好救灾工作的通知',
  body: '第一段。\n第二段。',
  category: 'regulations',
  topic: '救灾',
  content: 'policy',
  documentNumber: '示民发〔2013〕1号',
  unit: 'jiuzai',
  unitName: '救灾处',
  formedOn: '2013-04-01',
  publishedOn: '2013-04-20',
  validity: 'in-force',
};

export const derived: Figure = {
  key: 'channels.media.placements',
  label: '刊发新闻稿件',
  value: 450,
  count: 458,
  qualifier: 'over',
  unit: '篇',
  kind: 'derived',
  display: '450余篇',
  definition: '逐篇统计后舍去个位。',
  assumption: '此数的一种理解。',
};
export const attested: Figure = {
  key: 'channels.portal.visits',
  label: '门户网站年浏览量',
  value: 70000,
  qualifier: 'over',
  unit: '次',
  kind: 'attested',
  display: '7万余次',
  definition: '由有关单位陈述。',
  computed: '按原报告所印。',
  statement: { source: '网站后台', saidBy: '信息中心', statedOn: '2014-01-10' },
};
export const report: AnnualReport = {
  year: 2013,
  figures: [derived, attested],
  absent: [{ key: 'requests.received', label: '收到依申请公开', why: '尚未受理申请' }],
  sections: [
    {
      key: 'disclosure.media',
      number: '3．',
      level: 3,
      title: '新闻媒体',
      paragraphs: [
        [
          '刊发',
          { figure: derived.key, display: '450余篇' },
          '，浏览',
          { figure: attested.key, display: '7万余次' },
          '，申请',
          { figure: 'requests.received', display: '—' },
          '。',
        ],
      ],
      items: [{ kind: 'training', text: '专题培训', note: '对象：处室负责人', on: '2013-03-07' }],
      figures: [derived.key],
      invented: true,
    },
  ],
  breakdown: [
    { category: 'news', month: '2013-04', count: 31 },
    { category: 'finance', month: '2013-05', count: 4 },
  ],
  cut: { period: { from: '2013-01-01', to: '2013-12-31' }, asOf: '2013-12-31', definitionVersion: 'd.1', templateVersion: 't.1' },
  digest: 'abc123',
  evidence: { position: 9, recordedUpTo: null },
};
