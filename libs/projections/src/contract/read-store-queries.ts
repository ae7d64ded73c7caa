import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Filter, Find, View } from '../projection.js';
import { searchRuns } from '../text-search.js';

interface Notice {
  id: string;
  title?: string;
  note?: string;
  unit?: string | null;
  year?: number | null;
  open?: boolean;
  place?: { town: string };
}

const withinMs = 240_000;
const queries = 60;

/** Queries, against what a plain walk over all documents answers: the same documents, order and cursors on every engine. */
export function queriesContract(viewOf: (docs: readonly Notice[]) => Promise<View>): void {
  it(
    'finds, sorts, counts and pages as a walk over all documents does, also where a field is missing',
    async () => {
      const docs = Array.from({ length: 40 }, (_, index): Notice => ({
        id: `n${(index * 7) % 40}`,
        ...(index % 5 === 0 ? {} : { year: index % 4 === 0 ? null : 2010 + (index % 3) }),
        ...(index % 3 === 0 ? {} : { unit: ['民政', '优抚', '救灾'][index % 3]! }),
        open: index % 2 === 0,
        place: { town: ['汶川', '芦山'][index % 2]! },
      }));
      const view = await viewOf(docs);
      const field = fc.constantFrom('year', 'unit', 'id', 'place.town');
      const filter: fc.Arbitrary<Filter> = fc.record(
        {
          year: fc.constantFrom<Filter[string]>(
            2010,
            2012,
            null,
            { in: [2010, 2011] },
            { in: [] },
            { gte: 2011 },
            { gt: 2010, lt: 2012 },
            undefined,
          ),
          unit: fc.constantFrom<Filter[string]>('民政', '无', null, { in: ['优抚', '救灾'] }, { lte: '救灾' }),
          open: fc.constantFrom<Filter[string]>(true, false, 1),
          id: fc.constantFrom<Filter[string]>('n7', { lte: 'n3' }, { in: ['n1', 'n2', 'n39', 'x'] }),
          'place.town': fc.constantFrom<Filter[string]>('汶川', '芦山'),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.constant({}), filter),
          fc.uniqueArray(fc.tuple(field, fc.constantFrom<'asc' | 'desc'>('asc', 'desc')), {
            maxLength: 2,
            selector: ([name]) => name,
          }),
          fc.integer({ min: 1, max: 41 }),
          async (where, sort, limit) => {
            const wanted = walk(docs, where, sort);
            expect(await view.count('notices', { where })).toBe(wanted.length);
            const found: Notice[] = [];
            let after: string | undefined;
            do {
              const page: { items: Notice[]; next: string | null } = await view.find<Notice>('notices', {
                where,
                sort,
                limit,
                after,
              });
              expect(page.items.length).toBeLessThanOrEqual(limit);
              found.push(...page.items);
              const last = found.at(-1);
              expect(page.next).toBe(found.length < wanted.length ? cursorOf(last!, sort) : null);
              after = page.next ?? undefined;
            } while (after !== undefined);
            expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
          },
        ),
        { numRuns: queries },
      );
    },
    withinMs,
  );

  it.each([
    '',
    'rubbish',
    Buffer.from('["n1","n2"]').toString('base64url'),
    Buffer.from('[{}]').toString('base64url'),
    Buffer.from('[null]').toString('base64url'),
  ])('a cursor that it never gave (%j) is refused as one', async after => {
    const view = await viewOf([{ id: 'n1' }]);
    await expect(view.find('notices', { limit: 1, after })).rejects.toMatchObject({ name: 'InvalidCursor' });
  });

  it(
    'searches Chinese as a look at every text does: phrases as they stand, words from their beginning, either script',
    async () => {
      const parts = [
        '公开',
        '公',
        '开',
        '信息',
        '信',
        '息公',
        '開',
        '資訊',
        ' ',
        '，',
        'abc',
        'ab',
        'ABd',
        '2013',
        '20',
        '𠮷',
        '體',
      ];
      const text = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 }).map(some => some.join(''));
      const samples = fc.sample(fc.tuple(text, fc.option(text)), { numRuns: 60, seed: 7 });
      const docs = samples.map(([title, note], index): Notice => ({
        id: `n${index}`,
        title,
        ...(note === null ? {} : { note }),
      }));
      const view = await viewOf(docs);
      const found = async (search: string) =>
        (await view.find<Notice>('notices', { search, limit: 99 })).items.map(({ id }) => id).sort();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...parts), { maxLength: 4 }), async some => {
          const search = some.join('');
          const wanted = docs.filter(doc => search.trim() === '' || holds(doc, search)).map(({ id }) => id);
          expect(await found(search)).toEqual(wanted.sort());
          expect(await view.count('notices', { search })).toBe(wanted.length);
        }),
        { numRuns: queries },
      );
      expect(await view.count('notices', { search: '"*()[].$^ OR' })).toBe(docs.filter(doc => holds(doc, 'or')).length);
    },
    withinMs,
  );
}

type Sort = NonNullable<Find['sort']>;
const valueOf = (doc: Notice, field: string) =>
  field.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], doc) ?? null;
const number = (value: unknown) => (typeof value === 'boolean' ? Number(value) : value);

function walk(docs: readonly Notice[], where: Filter, sort: Sort): Notice[] {
  const keys = [...sort, ['id', sort.at(-1)?.[1] ?? 'asc'] as const];
  return docs
    .filter(doc => Object.entries(where).every(([field, wanted]) => matches(valueOf(doc, field), wanted)))
    .sort((a, b) => {
      for (const [field, direction] of keys) {
        const order = compared(valueOf(a, field), valueOf(b, field));
        if (order !== 0) return direction === 'asc' ? order : -order;
      }
      return 0;
    });
}

function matches(value: unknown, wanted: Filter[string]): boolean {
  if (wanted === undefined) return true;
  if (wanted === null || typeof wanted !== 'object') return number(value) === number(wanted);
  if ('in' in wanted) return wanted.in.includes(number(value) as string);
  if (value === null) return Object.values(wanted).every(bound => bound === undefined);
  const { lt, lte, gt, gte } = wanted as Record<string, unknown>;
  return (
    (lt === undefined || compared(value, lt) < 0) &&
    (lte === undefined || compared(value, lte) <= 0) &&
    (gt === undefined || compared(value, gt) > 0) &&
    (gte === undefined || compared(value, gte) >= 0)
  );
}

/** Nothing before everything; text by its bytes. */
function compared(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null) === 0 ? 0 : a === null ? -1 : 1;
  return typeof a === 'number' ? a - (b as number) : Buffer.compare(Buffer.from(a as string), Buffer.from(b as string));
}

function cursorOf(doc: Notice, sort: Sort): string {
  return Buffer.from(JSON.stringify([...sort.map(([field]) => valueOf(doc, field)), doc.id])).toString('base64url');
}

function holds({ title = '', note = '' }: Notice, search: string): boolean {
  const runs = [title, note].flatMap(searchRuns);
  const sought = searchRuns(search);
  return (
    sought.length > 0 &&
    sought.every(one => runs.some(run => (/\p{Script=Han}/u.test(one) ? run.includes(one) : run.startsWith(one))))
  );
}
