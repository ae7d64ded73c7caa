import type { Figure } from '#contracts';

export const categoryNames: Record<string, string> = {
  overview: '概况信息',
  plans: '计划总结信息',
  regulations: '法规公文信息',
  news: '工作动态信息',
  finance: '财政信息',
};

export const contentNames: Record<string, string> = {
  earthquake: '“4·20”芦山特大地震抗震救灾和灾后恢复重建',
  major: '与公众密切相关的重大事项',
  activities: '政务活动',
  policy: '政策调整和公开情况',
};

export const figureKindNames: Record<Figure['kind'], string> = { derived: '据实统计', attested: '单位陈述' };

export const channelKindNames: Record<string, string> = {
  portal: '本机关门户网站',
  'provincial-portal': '上级政府门户网站',
  newspaper: '报刊',
  television: '电视',
  radio: '广播',
  'notice-board': '政务公开栏',
  'display-window': '宣传窗',
  'touch-screen': '电子触摸屏',
  microblog: '政务微博',
};

export const itemKindNames: Record<string, string> = {
  institution: '制度文件',
  campaign: '结合开展的活动',
  training: '培训与宣传',
  content: '公开内容',
  column: '栏目',
  topic: '专题',
  problem: '问题',
  measure: '措施',
};

export const caseKindNames: Record<string, string> = {
  record: '公开信息',
  placement: '刊发稿件',
  post: '微博',
  request: '公开申请',
};

export const detailNames: Record<string, string> = {
  indexNumber: '索引号',
  documentNumber: '文号',
  formedOn: '成文日期',
  outlet: '媒体',
  tier: '层级',
  channel: '渠道',
  record: '所依据的信息',
  path: '来源',
  form: '形式',
  receivedOn: '收到日期',
  receiptRule: '收到日的确定',
  dueOn: '期限届满日',
  answeredOn: '答复日期',
  category: '类别',
};

const detailValues: Record<string, Record<string, string>> = {
  tier: { central: '中央主流媒体', provincial: '省级媒体', trade: '民政报刊' },
  path: { direct: '直接收到', forwarded: '其他机关转交' },
  form: { letter: '信函', counter: '当面', fax: '传真', online: '网络' },
  category: categoryNames,
};

export const eventNames: Record<string, string> = {
  RecordPublished: '发布',
  RecordWithdrawn: '撤回',
  PlacementRegistered: '登记刊发',
  PlacementWithdrawn: '注销刊发',
  PostRegistered: '登记微博',
  PostWithdrawn: '注销微博',
  RequestRegistered: '登记申请',
  ReceiptConfirmed: '确认收到',
  RequestAnswered: '答复',
};

export function detailValue(name: string, value: string): string {
  if (/On$/.test(name)) return chineseDate(value);
  return detailValues[name]?.[value] ?? value;
}

/** `2009年`, `2013年9月`, `2013年9月2日`; what is not a date stays as it is. */
export function chineseDate(on: string): string {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(on) ?? [];
  if (!year) return on;
  return `${year}年${month ? `${Number(month)}月` : ''}${day ? `${Number(day)}日` : ''}`;
}

export function reportTitle(authority: string, year: number): string {
  return `${authority}${year}年政府信息公开工作年度报告`;
}
