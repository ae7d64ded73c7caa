// The small tables of the example, written out. Facts of the seed are restated in our own words; the rest is invented (see README.md).
import { CITIES } from './words.mjs';

const MUNICIPAL = { aba: '阿坝藏族羌族自治州', ganzi: '甘孜藏族自治州', liangshan: '凉山彝族自治州' };
const INTERNAL = {
  bangongshi: '办公室', jiuzai: '救灾处', 'shehui-jiuzhu': '社会救助处', 'fuli-cishan': '社会福利和慈善事业促进处',
  'jiceng-shequ': '基层政权和社区建设处', 'youfu-anzhi': '优抚安置局', 'minjian-zuzhi': '民间组织管理局', 'quhua-diming': '区划地名处',
  'shehui-shiwu': '社会事务处', 'guihua-caiwu': '规划财务处', 'zhengce-fagui': '政策法规处', laoling: '老龄工作处',
  'renshi-jiaoyu': '人事教育处', 'jiguan-dangwei': '机关党委',
};
const SUBORDINATE = {
  'fucai-zhongxin': '省福利彩票发行中心', 'jianzai-zhongxin': '省减灾中心', 'xinxi-zhongxin': '省民政信息中心',
  'minzheng-ganxiao': '省民政干部学校', 'jundui-lituixiu': '省军队离退休干部服务中心',
};
const unit = kind => ([id, name]) => ({ id, name, kind, designatedPerson: 'example-collector', from: '2009-01-01' });
export const units = [
  ...Object.entries(INTERNAL).map(unit('internal')),
  ...Object.entries(SUBORDINATE).map(unit('subordinate')),
  ...CITIES.map(([id, name]) => [id, `${MUNICIPAL[id] ?? name}民政局`]).map(unit('municipal')),
];

/** id, name, tier, placements in 2013 (53 central, 203 provincial, 202 trade) */
export const outlets = [
  ['xinhua', '新华社', 'central', 12], ['cctv', '中央电视台', 'central', 8], ['cnr', '中央人民广播电台', 'central', 8],
  ['xinhuanet', '新华网', 'central', 13], ['people', '人民网', 'central', 12],
  ['scdaily', '四川日报', 'provincial', 112], ['wccdaily', '华西都市报', 'provincial', 91],
  ['zgmz', '中国民政', 'trade', 42], ['zgshb', '中国社会报', 'trade', 118], ['mzgzwx', '民政工作文选', 'trade', 42],
].map(([id, name, tier, placements]) => ({ id, name, tier, placements, from: '2009-01-01' }));

/** [title, unit, topic, content, first and last day of publication] */
const POLITICS = '综合政务/其他';
const BUDGET = '财政、金融、审计/财政';
export const plans2013 = [
  ['2012年全省民政工作总结', 'bangongshi', POLITICS, 'activities', '2013-01-14', '2013-02-01'],
  ['2013年全省民政工作要点', 'bangongshi', POLITICS, 'policy', '2013-02-18', '2013-03-08'],
  ['四川省民政厅2012年政府信息公开工作总结', 'bangongshi', '综合政务/政务公开', 'policy', '2013-02-18', '2013-03-15'],
  ['2013年民政法制工作计划', 'zhengce-fagui', POLITICS, 'policy', '2013-03-04', '2013-03-29'],
  ['2013年民政干部教育培训计划', 'renshi-jiaoyu', '劳动、人事、监察/人事工作', 'activities', '2013-03-11', '2013-04-12'],
  ['2013年上半年全省民政工作总结', 'bangongshi', POLITICS, 'activities', '2013-07-15', '2013-08-02'],
  ['芦山地震灾后恢复重建民政专项工作方案', 'jiuzai', '民政、扶贫、救灾/减灾救灾', 'earthquake', '2013-07-22', '2013-08-16'],
  ['2013年至2014年冬春救助工作计划', 'jiuzai', '民政、扶贫、救灾/减灾救灾', 'major', '2013-10-21', '2013-11-15'],
];
export const finance2013 = [
  ['四川省民政厅2013年部门预算说明', 'guihua-caiwu', BUDGET, 'major', '2013-03-18', '2013-04-12'],
  ['四川省民政厅2013年“三公”经费预算说明', 'guihua-caiwu', BUDGET, 'major', '2013-04-15', '2013-05-10'],
  ['2012年度省本级福利彩票公益金使用情况公告', 'fuli-cishan', BUDGET, 'major', '2013-06-13', '2013-06-28'],
  ['四川省民政厅2012年部门决算说明', 'guihua-caiwu', BUDGET, 'major', '2013-08-12', '2013-09-13'],
  ['芦山地震救灾捐赠款物接收使用情况公告', 'jiuzai', BUDGET, 'earthquake', '2013-10-14', '2013-11-08'],
];
const years = [2009, 2010, 2011, 2012];
export const pastPlans = [
  ...years.map(y => [`${y}年全省民政工作要点`, 'bangongshi', POLITICS, 'policy', y === 2009 ? '2009-04-07' : `${y}-02-25`, y === 2009 ? '2009-04-17' : `${y}-03-20`]),
  ...years.slice(1).map(y => [`${y - 1}年全省民政工作总结`, 'bangongshi', POLITICS, 'activities', `${y}-01-11`, `${y}-01-29`]),
  ['四川省民政事业发展第十二个五年规划（示例）', 'guihua-caiwu', '国民经济管理、国有资产监管/宏观经济', 'policy', '2011-07-04', '2011-09-09'],
];
export const pastFinance = years.map(y => [`四川省民政厅${y}年部门预算说明`, 'guihua-caiwu', BUDGET, 'major', `${y}-04-16`, `${y}-05-20`]);
export const pastOverviews = ['政务公开工作职责分工', '办事窗口服务承诺', '信访接待须知', '行政权力事项目录', '行政审批事项一览', '领导小组办公室工作职责']
  .map(name => `四川省民政厅${name}`);

const ALL = ['overview', 'plans', 'regulations', 'news', 'finance'];
const channel = (id, name, kind, openedOn, categories, confirmation, note, more = {}) => ({
  id, name, kind, openedOn, columns: [], topics: [], interactiveColumns: [], ...more, categories, confirmation, note,
});
const COLUMNS = ['信息公开', '民政要文', '公示公告', '地方民政', '热点关注', '民生工程', '政策法规', '民政论坛', '互动交流'];
const TOPICS = ['学习实践科学发展观专栏', '网站调查', '网上信访'];
const CARRIES_COMMITMENTS = '承载公开承诺；种子文本没有该渠道的信息条数。开通时间为示例。';
export const channels = [
  channel('portal', '四川省民政厅公众网', 'portal', '2009', ALL, 'automatic', '栏目和专题名称取自种子文本（原文以“等”结尾，未列全）；开通时间为示例。',
    { columns: COLUMNS, topics: TOPICS, interactiveColumns: ['民政论坛', '互动交流', '网站调查', '网上信访'] }),
  channel('provincial-portal', '四川省人民政府门户网站政府信息公开目录专栏', 'provincial-portal', '2009', ALL, 'manual', '网上填报后人工确认；开通时间为示例。'),
  channel('newspapers', '报刊', 'newspaper', '2009', [], 'manual', '宣传报道另见 placements.csv；承载公开承诺；开通时间为示例。'),
  channel('television', '电视', 'television', '2009', [], 'manual', '宣传报道另见 placements.csv；承载公开承诺；开通时间为示例。'),
  channel('radio', '广播', 'radio', '2009', [], 'manual', '宣传报道另见 placements.csv；开通时间为示例。'),
  channel('notice-board', '政务公开栏', 'notice-board', '2009', [], 'manual', CARRIES_COMMITMENTS),
  channel('display-window', '宣传窗', 'display-window', '2009', [], 'manual', CARRIES_COMMITMENTS),
  channel('touch-screen', '电子触摸屏', 'touch-screen', '2009', [], 'manual', CARRIES_COMMITMENTS),
  channel('microblog', '四川省民政厅政务微博', 'microblog', '2013-09', [], 'manual', '种子文本未写平台名称；发布内容另见 posts.csv。'),
];

const commitment = (unit, text, channels, from, to = null) => ({ unit, text: `【示例】${text}`, channels: channels.split(' '), from, to });
export const commitments = [
  commitment('bangongshi', '收到政府信息公开申请即登记，按规定时限答复。', 'portal notice-board touch-screen', '2013-03-11'),
  commitment('shehui-shiwu', '婚姻登记窗口一次告知所需材料，材料齐全当场办理。', 'notice-board display-window touch-screen', '2013-03-11'),
  commitment('minjian-zuzhi', '社会组织登记事项公开条件、程序和结果，接受查询。', 'portal touch-screen', '2013-03-18'),
  commitment('shehui-jiuzhu', '低保政策、程序和结果公开，投诉举报件件登记。', 'newspapers portal notice-board', '2013-04-01'),
  commitment('jiuzai', '救灾捐赠款物的接收、分配和使用情况及时向社会公布。', 'newspapers television portal', '2013-05-06'),
  commitment('youfu-anzhi', '优抚安置政策公开透明，来访咨询首问负责。', 'notice-board display-window', '2013-05-13'),
  commitment('jiguan-dangwei', '活动期间设立意见箱，收集的意见逐项反馈。', 'display-window notice-board', '2013-03-25', '2013-12-20'),
].map((c, i) => ({ key: `C${i + 1}`, ...c }));

export const institutions = [
  ['省民政厅政府信息公开领导小组及其办公室', 'existing', '2009', '领导小组领导全厅政府信息公开工作，其办公室负责推进、指导和协调。'],
  ['《四川省民政厅办公室关于做好民政信息报送工作的通知》', 'issued', '2013', '明确市州、厅机关处室和直属事业单位报送信息的途径、方式和要求。'],
  ['《省民政厅政府信息公开目录编制任务分解表》', 'existing', null, '把目录编制任务分到各处室，作为采集报送的依据。'],
  ['《政府信息公开网上填报格式规范表》', 'existing', null, '规定网上填报各项目的格式。'],
].map(([what, status, on, says], i) => ({ key: `I${i + 1}`, what, status, on, says }));

export const campaigns = ['“学习型、法治型、服务型”机关', '“富民惠民，改善民生”作风建设', '“政务公开、优质服务、树文明新风”']
  .map((name, i) => ({ key: `A${i + 1}`, name, year: 2013 }));

const OFFICERS = '政府信息公开工作人员';
export const training = [
  ['business', '会议', '政府信息公开目录和指南编制', '处室负责人', '2013-03-07'],
  ['business', '专题培训', '政府信息公开网上填报', OFFICERS, '2013-03-21'],
  ['awareness', '文件', '政府信息公开条例学习材料', '厅机关工作人员', '2013-04-11'],
  ['secrecy', '专题培训', '信息公开保密审查要求', OFFICERS, '2013-05-16'],
  ['awareness', '座谈', '抗震救灾信息及时公开', '处室负责人', '2013-06-06'],
  ['business', '专题培训', '网上填报格式与常见差错', OFFICERS, '2013-07-18'],
  ['business', '座谈', '政务微博信息发布', OFFICERS, '2013-08-29'],
  ['secrecy', '会议', '保密教育与信息发布责任', '处室负责人', '2013-10-17'],
  ['business', '会议', '年度信息梳理和目录更新', OFFICERS, '2013-12-05'],
].map(([kind, form, subject, audience, on], i) => ({ key: `T${i + 1}`, kind, form, subject, audience, on }));

export const problems = ['公开的层面还不够大，大量存档文件和资料尚待整理、加工和挖掘。', '运行机制还不完善，系统之间和系统内部的协调配合、信息时效都需提高。', '工作队伍建设仍需加强，及时、全面、便民公开的要求对人员提出了更高标准。']
  .map((text, i) => ({ key: `P${i + 1}`, text }));
export const measures = ['拓宽公开渠道：加强网站建设，扩大公开覆盖面，丰富公开形式，方便群众获取信息。', '完善配套制度：规范目录和指南，逐级细化审核、发布、监督评议和问责流程，与机关效能建设结合，考核奖惩并举。', '加强队伍建设：明确分工和责任，开展专业培训，保证公开工作规范、及时、透明。']
  .map((text, i) => ({ key: `M${i + 1}`, problem: `P${i + 1}`, text }));

const SUBJECT = '公开受艾滋病感染儿童等相关情况';
const request = { form: 'letter', applicantType: 'natural-person', subject: SUBJECT };
const NOTE = '示例：日期、答复结果均为虚构，种子文本只说明已按规定时限回复；答复只涉及保障政策，不含任何个人信息。';
export const requests = [
  { key: 'Q1', path: 'direct', ...request, arrivedOn: '2013-05-27', receivedOn: '2013-05-27', answeredOn: '2013-06-13', closedOn: '2013-06-14',
    forwardedBy: null, forwardingLetter: null, forwardedOn: null, outcome: 'granted', note: NOTE },
  { key: 'Q2', path: 'forwarded', ...request, arrivedOn: '2013-08-14', receivedOn: '2013-08-14', answeredOn: '2013-08-29', closedOn: '2013-08-30',
    forwardedBy: '四川省人民政府办公厅', forwardingLetter: '川府办转函〔2013〕示例7号', forwardedOn: '2013-08-12', outcome: 'granted', note: NOTE },
];

const attested = { saidBy: '厅政府信息公开领导小组办公室', statedOn: '2014-01-10', source: '2013年度政府信息公开工作报告（种子文本）' };
export const attestations = [
  { key: 'channels.portal.visits', year: 2013, value: 70000, qualifier: 'over', unit: '次', scope: '四川省民政厅公众网全年浏览量', ...attested },
  { key: 'channels.media.coverage', year: 2013, value: 1000, qualifier: 'over', unit: '条', scope: '各类媒体对全省民政工作的报道，不与本厅刊发稿件相加', ...attested },
];
