import { casesPage } from './cases.js';
import { channelsPage } from './channels.js';
import { homePage } from './home.js';
import { icon } from './icon.js';
import { notFound } from './notice.js';
import { printStyle } from './print-style.js';
import { recordPage } from './record.js';
import { reportPage } from './report.js';
import { reportsPage } from './reports.js';
import { type AskHouse, type PageAnswer, type Site, standAt } from './site.js';
import { style } from './style.js';

export { type Desk, liveScript, operationsPage, operationsPart, signIn } from './operations/index.js';
export { type AskHouse, type Here, type PageAnswer, type Site, standAt } from './site.js';

/** Doors whose callers are programs. */
const programs = ['api', 'health', 'metrics'];

/**
 * The page at a path, or the page that says there is none; null where a program asks, or the path cannot be read. Asks only what
 * the public API answers without a token.
 */
export async function openPage(path: string, query: URLSearchParams, ask: AskHouse, site: Site): Promise<PageAnswer | null> {
  const segments = segmentsOf(path);
  if (!segments || programs.includes(segments[0]!) || (segments[0] === '' && segments.length > 1)) return null;
  const here = standAt(site, `/${segments.map(encodeURIComponent).join('/')}`, query);
  const [place, first = '', second, third = '', fourth] = segments;
  switch (`${place}/${segments.length}`) {
    case '/1':
      return homePage(here, ask);
    case 'records/2':
      return recordPage(here, ask, first);
    case 'reports/1':
      return reportsPage(here, ask);
    case 'reports/2':
      return isYear(first) ? reportPage(here, ask, Number(first)) : notFound(here);
    case 'reports/5':
      return isYear(first) && second === 'figures' && fourth === 'cases'
        ? casesPage(here, ask, Number(first), third)
        : notFound(here);
    case 'channels/1':
      return channelsPage(here, ask);
    case 'assets/2':
      if (first === 'site.css') return { status: 200, contentType: 'text/css; charset=utf-8', body: style + printStyle };
      if (first === 'icon.svg') return { status: 200, contentType: 'image/svg+xml', body: icon };
  }
  return notFound(here);
}

/** Empty inner segments stay: `//records/1` would become a link to a host named records. */
function segmentsOf(path: string): string[] | null {
  try {
    return path
      .replace(/^\//, '')
      .replace(/(?<=.)\/$/, '')
      .split('/')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}

function isYear(text: string): boolean {
  return /^\d{4}$/.test(text);
}
