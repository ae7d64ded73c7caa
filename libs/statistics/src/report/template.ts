/**
 * The figures of the narrative report (2008 Regulation, Art. 32; before the statistics form of 国办发〔2014〕32号), with the
 * rule by which each is counted. A rule is printed with its figure.
 */
export const definitionVersion = 'narrative-2008.1';
export const templateVersion = 'sichuan-narrative.1';

export interface FigureTemplate {
  key: string;
  label: string;
  unit: '条' | '次' | '篇' | '件';
  kind: 'derived' | 'attested';
  definition: string;
  /** Our reading of the published report; told where the year is the example's. */
  assumption?: string;
  computed?: string;
  /** Rounded down to this and published with 余 when the exact count is more. */
  roundedTo?: 10;
}

const counted = '每条信息只计一次，自首次发布之日起计入其现属类别，不论经几个渠道发布；撤回的自撤回之日起不再计入，另行列出。';
const rounded = '按刊发登记逐篇统计后舍去个位，舍去后小于实际篇数的以“余”表示，恰为整十的不加“余”；误登注销的不计。';

export const template: readonly FigureTemplate[] = [
  {
    key: 'proactive.cumulative',
    label: '累计主动公开政府信息',
    unit: '条',
    kind: 'derived',
    definition: `自省政府门户网站政府信息公开目录专栏开通至截止日，类别列入该专栏的信息的累计数。${counted}`,
    assumption: '将623条理解为包含2013年520条的累计数；此前的103条及其日期为本示例所拟。',
  },
  {
    key: 'proactive.total',
    label: '本年主动公开政府信息',
    unit: '条',
    kind: 'derived',
    definition: `本年首次发布的信息数。${counted}`,
  },
  ...(
    [
      ['overview', '概况信息'],
      ['plans', '计划总结信息'],
      ['regulations', '法规公文信息'],
      ['news', '工作动态信息'],
      ['finance', '财政信息'],
    ] as const
  ).map(([category, label]) => ({
    key: `proactive.byCategory.${category}`,
    label,
    unit: '条' as const,
    kind: 'derived' as const,
    definition: `本年首次发布、截止日属于“${label}”类的信息数。${counted}`,
  })),
  {
    key: 'channels.portal.visits',
    label: '门户网站年浏览量',
    unit: '次',
    kind: 'attested',
    definition: '由有关单位陈述，平台内没有逐次记录；全年数，年度结束后方列出。',
  },
  {
    key: 'channels.media.coverage',
    label: '媒体报道全省民政工作新闻',
    unit: '条',
    kind: 'attested',
    definition: '各媒体对全省民政工作的报道，由有关单位陈述，不与本厅刊发稿件相加；全年数，年度结束后方列出。',
  },
  {
    key: 'channels.media.placements',
    label: '在中央及四川主流媒体刊发新闻稿件',
    unit: '篇',
    kind: 'derived',
    definition: `本年刊发登记的全部稿件，一次刊发计一篇。${rounded}`,
    roundedTo: 10,
  },
  ...(
    [
      ['central', '中央主流媒体'],
      ['provincial', '省级媒体'],
      ['trade', '民政报刊'],
    ] as const
  ).map(([tier, label]) => ({
    key: `channels.media.byTier.${tier}`,
    label,
    unit: '篇' as const,
    kind: 'derived' as const,
    definition: `本年刊发时属于“${label}”层级的媒体所刊稿件。${rounded}`,
    roundedTo: 10 as const,
  })),
  {
    key: 'channels.microblog.items',
    label: '政务微博公开政务信息',
    unit: '条',
    kind: 'derived',
    definition: '自政务微博开通至截止日发布的微博条数；误登注销的不计。开通之前没有此数。',
  },
  {
    key: 'requests.received',
    label: '收到依申请公开',
    unit: '件',
    kind: 'derived',
    definition: '收到日在本年内的申请件数，直接收到与其他机关转交的合计。',
    computed: '由直接收到与转交的件数相加得出，不是原样印出的数。',
  },
  {
    key: 'requests.byOrigin.letter',
    label: '直接来信',
    unit: '件',
    kind: 'derived',
    definition: '收到日在本年内、以信函形式直接寄交本机关的申请件数。',
  },
  {
    key: 'requests.byOrigin.forwarded',
    label: '省政府转交来信',
    unit: '件',
    kind: 'derived',
    definition: '收到日在本年内、由其他机关转交的申请件数。',
  },
  {
    key: 'requests.answeredInTime',
    label: '按规定时限答复',
    unit: '件',
    kind: 'derived',
    definition: '本年内答复、且答复日不晚于法定期限届满日的申请件数。',
    computed: '由答复日与法定期限届满日逐件比较得出。',
  },
];

/** `7万余次`, `450余篇`, `520条`. */
export function display(value: number, unit: string, qualifier?: 'over'): string {
  const number = value >= 10_000 && value % 10_000 === 0 ? `${value / 10_000}万` : String(value);
  return `${number}${qualifier === 'over' ? '余' : ''}${unit}`;
}
