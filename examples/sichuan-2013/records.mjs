// The 103 records of 2009–2012 and the 520 of 2013.
import { addDays, addWorkdays, allDays, isWorkday, workdays } from './calendar.mjs';
import { byText, stream } from './random.mjs';
import * as table from './tables.mjs';
import { CITIES, CITY_DOCS, CITY_NEWS, GUIDES, OVERVIEWS, PAST_NEWS, QUAKE_PLACES, THEMES } from './words.mjs';

const QUAKE_DAY = '2013-04-20';
const FIRST_DAY = '2009-04-07';
const PAST_YEARS = [2009, 2010, 2011, 2012];
const TARGET = { overview: 96, plans: 8, regulations: 180, news: 231, finance: 5 };
const PAST_TARGET = { overview: 25, plans: 8, regulations: 30, news: 36, finance: 4 };
const random = stream('records');
const unitName = Object.fromEntries(table.units.map(unit => [unit.id, unit.name]));
const kindOf = Object.fromEntries(table.units.map(unit => [unit.id, unit.kind]));
const themes = Object.keys(THEMES).filter(theme => theme !== 'quake');
const cityId = Object.fromEntries(CITIES.map(([id, name]) => [name, id]));

/** "title@MM-DD~MM-DD" → title and the window of publication within the year */
export function parse(line, year) {
  const [title, window] = line.split('@');
  const [from, to] = (window ?? '01-04~12-31').split('~').map(day => `${year}-${day}`);
  return { title: title.replaceAll('{Y}', year), from: from < FIRST_DAY ? FIRST_DAY : from, to };
}
/** How far an item of a theme may be spread: content follows from the category */
const CONTENT = { overview: 'major', plans: 'activities', regulations: 'policy', news: 'activities', finance: 'major' };
const MAJOR_NEWS = new Set(['assistance', 'children', 'relief', 'finance']);
function draft(category, theme, line, year, more = {}) {
  const { unit, topic } = THEMES[theme];
  const content = theme === 'quake' ? 'earthquake' : category === 'news' && MAJOR_NEWS.has(theme) ? 'major' : CONTENT[category];
  return { unit, category, topic, content, theme, year, ...parse(line, year), ...more };
}
const listed = category => ([title, unit, topic, content, from, to]) => {
  const theme = content === 'earthquake' ? 'quake' : unit === 'jiuzai' ? 'relief' : unit === 'guihua-caiwu' || category === 'finance' ? 'finance' : unit === 'renshi-jiaoyu' ? 'people' : 'governance';
  return { title, unit, category, topic, content, theme, year: Number(from.slice(0, 4)), from, to };
};
function cityNews(n, year) {
  const combinations = CITIES.flatMap(([, city]) => CITY_NEWS.map(([theme, line]) => ({ city, theme, line })));
  const perLine = new Map();
  const chosen = [];
  for (const item of random.shuffle(combinations)) {
    const seen = perLine.get(item.line) ?? 0;
    if (chosen.length === n || seen === 3) continue;
    perLine.set(item.line, seen + 1);
    chosen.push(draft('news', item.theme, item.line.replace('{c}', item.city), year, { unit: cityId[item.city] }));
  }
  return chosen;
}
function drafts2013() {
  const { quake } = THEMES;
  const quakeNews = [
    ...quake.news.map(line => [line.slice(0, line.indexOf('|')), line.slice(line.indexOf('|') + 1)]),
    ...QUAKE_PLACES.flatMap(q => quake.local.map(line => ['yaan', line.replace('{q}', q)])),
  ].map(([unit, line]) => draft('news', 'quake', line, 2013, { unit }));
  const ownNews = themes.flatMap(theme => THEMES[theme].news.map(line => draft('news', theme, line, 2013)));
  const docs = [...themes, 'quake'].flatMap(theme => THEMES[theme].docs.map(line => draft('regulations', theme, line, 2013)));
  const answers = CITY_DOCS.flatMap(([theme, line]) => CITIES.map(([, city]) => draft('regulations', theme, line.replace('{c}', city), 2013)));
  const overview = [
    ...quake.overview.map(line => draft('overview', 'quake', line, 2013)),
    ...GUIDES.map(([theme, matter]) => draft('overview', theme, `${matter}办事指南`, 2013)),
    ...OVERVIEWS.map(([theme, title]) => draft('overview', theme, title, 2013)),
    ...CITIES.map(([id, city]) => draft('overview', 'governance', `${city}民政工作概况`, 2013, { unit: id })),
  ];
  const updated = themes.filter(theme => theme !== 'children')
    .map(theme => draft('overview', theme, `${unitName[THEMES[theme].unit]}主要职责（2013年更新）`, 2013))
    .slice(0, TARGET.overview - overview.length);
  return [
    ...overview, ...updated, ...table.plans2013.map(listed('plans')), ...table.finance2013.map(listed('finance')),
    ...docs, ...random.take(answers, TARGET.regulations - docs.length),
    ...quakeNews, ...ownNews, ...cityNews(TARGET.news - quakeNews.length - ownNews.length, 2013),
  ];
}
function pastDrafts() {
  const units = table.units.filter(unit => unit.kind !== 'municipal');
  const themeOf = unit => themes.find(theme => THEMES[theme].unit === unit) ?? 'governance';
  const overview = [
    ...units.map(unit => draft('overview', themeOf(unit.id), `${unit.name}${unit.kind === 'internal' ? '主要职责' : '简介'}`, 2009, { unit: unit.id })),
    ...table.pastOverviews.map(title => draft('overview', 'governance', title, 2009)),
  ].map((item, i) => ({ ...item, year: PAST_YEARS[i % 4], ...parse(item.title, PAST_YEARS[i % 4]) }));
  const yearly = (category, list) => PAST_YEARS.flatMap(year => list.map(([theme, line]) => draft(category, theme, line, year)))
    .filter(item => item.from < item.to);
  const docs = themes.flatMap(theme => THEMES[theme].docs.filter(line => line.includes('{Y}')).map(line => [theme, line]));
  return [
    ...overview, ...table.pastPlans.map(listed('plans')), ...table.pastFinance.map(listed('finance')),
    ...random.take(yearly('regulations', docs), PAST_TARGET.regulations), ...random.take(yearly('news', PAST_NEWS), PAST_TARGET.news),
  ];
}

const LAG = { overview: [3, 14], plans: [4, 15], regulations: [5, 18], news: [1, 5], finance: [5, 15] };
const STEPS = ['formedOn', 'collectedOn', 'firstReviewedOn', 'submittedOn', 'secrecyReviewedOn', 'approvedOn', 'publishedOn'];
function dates({ category, theme, from, to }) {
  const urgent = theme === 'quake' && from < '2013-05-02';
  const days = urgent ? allDays(from, to) : workdays(from, to);
  let published = random.pick(days);
  // in the first days after the earthquake work went on at weekends; otherwise it is published on working days
  if (urgent && published > '2013-04-28' && !isWorkday(published)) published = addWorkdays(published, 1);
  const lag = urgent ? random.int(0, 1) : random.int(...LAG[category]);
  const cuts = [0, ...Array.from({ length: 5 }, () => random.int(0, lag)).sort((a, b) => a - b), lag];
  const chain = cuts.map(cut => (urgent ? addDays(published, cut - lag) : addWorkdays(published, cut - lag)));
  const floor = theme === 'quake' ? QUAKE_DAY : '2009-03-02';
  return Object.fromEntries(STEPS.map((step, i) => [step, chain[i] < floor ? floor : chain[i]]));
}

const CLOSERS = {
  overview: ['内容如有变化将及时更新。', '公众可通过厅公众网互动交流栏目咨询。', '具体办理以受理窗口公布的信息为准。'],
  plans: ['有关任务已分解到责任处室。', '落实情况将适时公开。', '相关处室按季度报告进展。'],
  regulations: ['执行中遇到的问题请及时反馈。', '各地可结合实际制定具体措施。', '落实情况纳入年度工作检查。', '本件自印发之日起执行。'],
  news: ['下一步将继续做好后续工作。', '相关情况将及时公开。', '有关单位负责人参加了活动。', '当地群众给予了积极评价。', '活动取得预期效果。'],
  finance: ['各项收支以财政部门批复为准。', '欢迎社会各界监督。', '具体数据见附件（示例未附）。'],
};
function lead({ category, title, unit }) {
  const matter = title.replace(/^关于/, '').replace(/的(紧急)?(通知|意见|批复|复函|公告|处理公告)$/, '');
  if (category === 'news') return `据${kindOf[unit] === 'internal' ? '厅' : ''}${unitName[unit]}消息，${title}。`;
  if (category !== 'regulations') return `本信息为${title}，供公众查阅。`;
  if (/(批复|复函)$/.test(title)) return `经研究，现就${matter}有关事项予以答复。`;
  if (matter.startsWith('印发')) return `现将${matter.slice(2)}印发，请结合实际贯彻执行。`;
  return `本件就${matter}提出要求，适用于全省各级民政部门。`;
}
const QUAKE_CLOSERS = ['后续情况将及时公开。', '相关工作正在有序进行。', '下一步将继续做好受灾群众生活保障。'];
function body(item) {
  const closers = item.theme === 'quake' && item.category === 'news' ? QUAKE_CLOSERS : CLOSERS[item.category];
  return `【示例】${lead(item)}${random.take(THEMES[item.theme].facts, random.int(1, 2)).join('')}${random.pick(closers)}`;
}

/** 川民发, 川民函 and 川民电, each with a running number per year in the order of formation */
function numberDocuments(items) {
  const last = new Map();
  const order = items.filter(item => item.category === 'regulations').sort((a, b) => byText(a.formedOn, b.formedOn) || byText(a.title, b.title));
  for (const item of order) {
    const series = `${item.title.includes('紧急') ? '川民电' : /(批复|复函|公告)$/.test(item.title) ? '川民函' : '川民发'}〔${item.formedOn.slice(0, 4)}〕`;
    const dayOfYear = allDays(`${item.formedOn.slice(0, 4)}-01-01`, item.formedOn).length;
    last.set(series, Math.max((last.get(series) ?? 0) + random.int(1, 2), Math.floor(dayOfYear / 3)));
    item.documentNumber = `${series}${last.get(series)}号`;
  }
}

export function makeRecords() {
  const items = [...pastDrafts(), ...drafts2013()].map(item => ({ ...item, documentNumber: null, ...dates(item), body: body(item) }));
  numberDocuments(items);
  items.sort((a, b) => byText(a.publishedOn, b.publishedOn) || byText(a.title, b.title));
  return items.map(({ unit, title, body, category, topic, content, documentNumber, theme, ...rest }, i) => ({
    theme,
    record: {
      key: `R${String(i + 1).padStart(4, '0')}`, unit, title, body, category, topic, content, documentNumber,
      ...Object.fromEntries(STEPS.map(step => [step, rest[step]])),
    },
  }));
}
