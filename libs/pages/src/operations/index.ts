import { renderToString } from 'preact-render-to-string';
import { isRefusal, type Refusal } from '#contracts';
import { converted } from '../layout.js';
import { notFound } from '../notice.js';
import type { PageAnswer } from '../site.js';
import { deadLetterPage } from './dead-letter.js';
import type { Desk } from './desk.js';
import { overviewPage, overviewPart } from './overview.js';
import { projectionPage, projectionPart } from './projection.js';

export type { Desk } from './desk.js';
export { liveScript } from './live-script.js';
export { signIn } from './sign-in.js';

/** The operators' page at the desk's path. */
export function operationsPage(desk: Desk): Promise<PageAnswer> | PageAnswer {
  const [, , what, projection = '', position = '', ...more] = desk.here.path.split('/').map(decodeURIComponent);
  if (what === undefined) return overviewPage(desk);
  if (what === 'projections' && projection !== '' && position === '') return projectionPage(desk, projection);
  if (what === 'dead-letters' && position !== '' && more.length === 0) return deadLetterPage(desk, projection, position);
  return notFound(desk.here);
}

/** The part of a page that changes by itself, to be sent again whenever it has. */
export async function operationsPart(desk: Desk, projection: string | null): Promise<string | Refusal> {
  const part = await (projection === null ? overviewPart(desk) : projectionPart(desk, projection));
  return isRefusal(part) ? part : converted(desk.here, renderToString(part));
}
