import { type getProjectionAsOf, refuse, type Refusal } from '#contracts';
import { asOf, type AsOf, Blocked, type Doc, InvalidCursor, type Moment, NoSuchMoment, type Operations } from '#projections';
import type { z } from 'zod';
import { asOfBlocked, cursorInvalid, orderUnfinished, projectionNotHere } from './refusals.js';

type Asked = z.infer<(typeof getProjectionAsOf)['input']>;

/** A projection as it was: counts; or a page of a collection's documents; or one document. */
export async function lookAsOf(
  operations: Operations,
  asked: Asked,
  signal: AbortSignal,
): Promise<Record<string, unknown> | Refusal> {
  const { projections, room = '' } = operations;
  const projection = projections.find(({ name }) => name === asked.projection);
  if (!projection) return projectionNotHere(asked.projection, room);
  const moment = momentOf(asked);
  if (!moment) return invalid('position', '须给出 position、instant、date 之一', 'give one of position, instant and date');
  const names = Object.keys(projection.collections);
  if (asked.collection === undefined ? asked.id !== undefined : !names.includes(asked.collection))
    return invalid('collection', `须为 ${names.join('、')} 之一`, `must be one of ${names.join(', ')}`);
  let built: AsOf;
  try {
    built = await asOf({ store: operations.store }, projection, moment, { signal });
  } catch (error) {
    if (error instanceof NoSuchMoment) return invalid(Object.keys(moment)[0]!, error.zh.replace(/。$/, ''), error.en);
    if (error instanceof Blocked) return asOfBlocked(error.letter.position);
    if (signal.aborted) return orderUnfinished();
    throw error;
  }
  try {
    const { position, events, undigested } = built;
    const found = await read(built, asked, names);
    return 'refused' in found ? found : { projection: projection.name, ...moment, position, events, undigested, ...found };
  } finally {
    await built.close();
  }
}

async function read({ view }: AsOf, { collection, id, limit, after }: Asked, names: readonly string[]) {
  if (collection === undefined) {
    const collections: Record<string, number> = {};
    for (const name of names) collections[name] = await view.count(name);
    return { collections };
  }
  if (id !== undefined) {
    const document = await view.get<Doc>(collection, id);
    return document
      ? { document }
      : refuse('missing', 'document-unknown', {
          zh: `那时 ${collection} 中没有 ${id}。`,
          en: `${collection} held no ${id} then.`,
        });
  }
  try {
    const page = await view.find<Doc>(collection, { limit, after });
    return { total: await view.count(collection), ...page };
  } catch (error) {
    if (error instanceof InvalidCursor) return cursorInvalid();
    throw error;
  }
}

function momentOf({ position, instant, date }: Asked): Moment | null {
  const given: Moment[] = [
    ...(position === undefined ? [] : [{ position }]),
    ...(instant === undefined ? [] : [{ instant }]),
    ...(date === undefined ? [] : [{ date }]),
  ];
  return given.length === 1 ? given[0]! : null;
}

function invalid(path: string, zh: string, en: string): Refusal {
  const issues = [{ path, zh, en }];
  return refuse(
    'invalid',
    'invalid-input',
    { zh: `所填内容有误：${path}（${zh}）。`, en: `The input is not valid: ${path} (${en}).` },
    { issues },
  );
}
