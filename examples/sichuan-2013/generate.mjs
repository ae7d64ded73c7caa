// Writes the data files of the example next to this script. Deterministic: no clock, no dependencies. Run: npm run example
import { writeFileSync } from 'node:fs';
import { addWorkdays, workdays } from './calendar.mjs';
import { byText, stream } from './random.mjs';
import { makeRecords } from './records.mjs';
import { sections } from './sections.mjs';
import * as table from './tables.mjs';
import { CITIES, POST_TOPICS, PRESS_CITY, PRESS_PROVINCE, PRESS_QUAKE, QUAKE_PLACES, TIPS } from './words.mjs';

const key = (letter, width) => (item, i) => ({ key: `${letter}${String(i + 1).padStart(width, '0')}`, ...item });

/** 458 press items. Two of the trade journals come out once a month. */
function placements() {
  const random = stream('placements');
  const fill = (lines, mark, names, from) => lines.flatMap(line => names.map(name => ({ title: line.replace(mark, name), from })));
  const titles = random.shuffle([
    ...fill(PRESS_CITY, '{c}', CITIES.map(([, name]) => name), '2013-01-04'),
    ...fill(PRESS_QUAKE, '{q}', QUAKE_PLACES, '2013-04-22'),
    ...PRESS_PROVINCE.map(title => ({ title, from: '2013-01-04' })),
  ]);
  const issueDay = { zgmz: '15', mzgzwx: '25' };
  const dayFor = (outlet, from) => {
    const days = workdays(from, '2013-12-31');
    if (!issueDay[outlet]) return random.pick(days);
    const months = [...new Set(days.map(day => day.slice(0, 7)))].filter(month => `${month}-${issueDay[outlet]}` >= from);
    return addWorkdays(`${random.pick(months)}-${Number(issueDay[outlet]) - 1}`, 1);
  };
  const outlets = random.shuffle(table.outlets.flatMap(outlet => Array(outlet.placements).fill(outlet.id)));
  return outlets
    .map((outlet, i) => ({ outlet, title: titles[i].title, publishedOn: dayFor(outlet, titles[i].from) }))
    .sort((a, b) => byText(a.publishedOn, b.publishedOn) || byText(a.outlet, b.outlet) || byText(a.title, b.title))
    .map(key('P', 3));
}

/** 202 posts of the account opened in September 2013: 101 about a record already published, 101 tips. */
function posts(made) {
  const random = stream('posts');
  const fromRecords = random
    .take(made.filter(({ record }) => record.publishedOn >= '2013-08-26' && record.publishedOn <= '2013-12-27'), 101)
    .map(({ theme, record }) => {
      const soon = addWorkdays(record.publishedOn, random.int(0, 2));
      return { postedOn: soon < '2013-09-02' ? '2013-09-02' : soon, text: `【${POST_TOPICS[theme]}】${record.title}，全文见厅公众网。（示例）`, record: record.key };
    });
  const days = workdays('2013-09-02', '2013-12-31');
  const openings = ['微提示：', '小贴士：', '请您留意：'];
  const tips = random.take(TIPS.flatMap(tip => openings.map(opening => ({ tip, opening }))), 202 - fromRecords.length).map(({ tip, opening }) => {
    const [theme, text] = tip.split('|');
    return { postedOn: random.pick(days), text: `【${POST_TOPICS[theme]}】${opening}${text}（示例）`, record: '' };
  });
  return [...fromRecords, ...tips].sort((a, b) => byText(a.postedOn, b.postedOn) || byText(a.text, b.text)).map(key('W', 3));
}

const cell = value => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const csv = (columns, rows) => [columns.join(','), ...rows.map(row => columns.map(column => cell(row[column])).join(','))].join('\n') + '\n';
const jsonl = rows => rows.map(row => JSON.stringify(row)).join('\n') + '\n';

const made = makeRecords();
const files = {
  'units.csv': csv(['id', 'name', 'kind', 'designatedPerson', 'from'], table.units),
  'records.jsonl': jsonl(made.map(({ record }) => record)),
  'outlets.csv': csv(['id', 'name', 'tier', 'from'], table.outlets),
  'placements.csv': csv(['key', 'outlet', 'title', 'publishedOn'], placements()),
  'posts.csv': csv(['key', 'postedOn', 'text', 'record'], posts(made)),
  'requests.jsonl': jsonl(table.requests),
  'attestations.jsonl': jsonl(table.attestations),
  'channels.jsonl': jsonl(table.channels),
  'commitments.jsonl': jsonl(table.commitments),
  'institutions.jsonl': jsonl(table.institutions),
  'campaigns.jsonl': jsonl(table.campaigns),
  'training.jsonl': jsonl(table.training),
  'problems.jsonl': jsonl(table.problems),
  'measures.jsonl': jsonl(table.measures),
  'sections.jsonl': jsonl(sections),
};
for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, import.meta.url), text);
