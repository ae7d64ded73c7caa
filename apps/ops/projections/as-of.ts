import { isRefusal } from '#contracts';
import { asOf, type AsOf, Blocked, type Doc, type Moment, NoSuchMoment, type Projection } from '#projections';
import { CannotStart } from '#platform';
import { print, withFiles } from '../files.js';
import { BadUsage } from '../usage.js';
import { projectionNamed, tellRefusal } from './room.js';

interface Asked {
  position?: number;
  instant?: string;
  date?: string;
  collection?: string;
  id?: string;
  json?: boolean;
}

const docsAPage = 500;

/** A view as it was: how many documents, all of a collection as JSON lines, or one. Live data is not touched. */
export async function projectionAsOf(name: string, { collection, id, json, ...when }: Asked): Promise<void> {
  const known = projectionNamed(name);
  if (isRefusal(known)) return tellRefusal(json, known);
  const moment = momentOf(when);
  refuseUnknown(known.projection, collection, id);
  await withFiles(async files => {
    const built = await folded(() => asOf({ store: files.store }, known.projection, moment));
    try {
      if (collection === undefined) return await tellCounts(known.projection, moment, built, json);
      if (id === undefined) return await printLines(documents(built, collection));
      const doc = await built.view.get(collection, id);
      if (!doc) throw new CannotStart(`那时 ${collection} 中没有 ${id}。 / ${collection} held no ${id} then.`);
      process.stdout.write(`${JSON.stringify(doc)}\n`);
    } finally {
      await built.close();
    }
  });
}

function momentOf({ position, instant, date }: Pick<Asked, 'position' | 'instant' | 'date'>): Moment {
  const given = [
    ...(position === undefined ? [] : [{ position }]),
    ...(instant === undefined ? [] : [{ instant }]),
    ...(date === undefined ? [] : [{ date }]),
  ];
  if (given.length === 1) return given[0]!;
  throw new BadUsage(
    '--position、--instant、--date 须给出一个，且只一个。',
    'Give one of --position, --instant and --date, and only one.',
  );
}

function refuseUnknown({ name, collections }: Projection, collection: string | undefined, id: string | undefined): void {
  if (collection === undefined && id !== undefined)
    throw new BadUsage('--id 须与 --collection 同用。', '--id needs --collection.');
  if (collection === undefined || Object.hasOwn(collections, collection)) return;
  const names = Object.keys(collections).join(', ');
  throw new BadUsage(
    `${name} 没有集合 ${collection}；有：${names}。`,
    `${name} has no collection ${collection}; it has ${names}.`,
  );
}

async function folded(fold: () => Promise<AsOf>): Promise<AsOf> {
  try {
    return await fold();
  } catch (error) {
    if (error instanceof NoSuchMoment) throw new BadUsage(error.zh, error.en);
    if (error instanceof Blocked) {
      throw new CannotStart(
        `有一个事件无法处理，这个视图不能缺它：${error.message} / An event cannot be digested, and this view cannot do without: ${error.message}`,
      );
    }
    throw error;
  }
}

async function tellCounts(
  { name, collections }: Projection,
  moment: Moment,
  { view, position, events, undigested }: AsOf,
  json: boolean | undefined,
): Promise<void> {
  const counts: Record<string, number> = {};
  for (const collection of Object.keys(collections)) counts[collection] = await view.count(collection);
  print(json, { projection: name, ...moment, position, events, undigested, collections: counts }, [
    `${name}  ${Object.entries(moment)[0]!.join(' ')}  位置 / position ${position}  事件 / events ${events}`,
    ...(undigested === 0 ? [] : [`▲ 未能处理 / undigested ${undigested}`]),
    ...Object.entries(counts).map(([collection, count]) => `  ${collection}  ${count}`),
  ]);
}

async function* documents({ view }: AsOf, collection: string): AsyncGenerator<Doc> {
  for (let after: string | undefined; ;) {
    const { items, next } = await view.find<Doc>(collection, { limit: docsAPage, ...(after === undefined ? {} : { after }) });
    yield* items;
    if (next === null) return;
    after = next;
  }
}

/** Whoever reads may be slow, or have seen enough. */
async function printLines(docs: AsyncIterable<Doc>): Promise<void> {
  process.stdout.on('error', () => {});
  try {
    for await (const doc of docs) {
      await new Promise<void>((resolve, reject) =>
        process.stdout.write(`${JSON.stringify(doc)}\n`, error => (error ? reject(error) : resolve())),
      );
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
