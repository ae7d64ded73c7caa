import type { StoredEvent } from '#event-store';
import type { Doc, Projection } from '#projections';

/**
 * Each noted event has a document of its own beside its stream's, so that what is missing and what is too much is seen event by event. A
 * stream with a poisoned event is parked from there on; a struck one is removed.
 */
export const ledgers: Projection = {
  name: 'ledgers',
  version: 1,
  collections: { notes: { indexes: [['stream', 'number']] }, ledgers: { indexes: [['count']], text: ['title'] } },
  events: ['Noted', 'Struck'],
  onFailure: 'park',
  project({ id, type, stream, position, data }) {
    if (data['poison'] === true) throw new Error('读不懂 / poison');
    const { number } = data;
    if (type === 'Struck') return [{ collection: 'ledgers', id: stream, apply: () => null }];
    return [
      { collection: 'notes', id, apply: () => ({ id, stream, number }) },
      { collection: 'ledgers', id: stream, apply: before => ledgerWith(before, stream, position) },
    ];
  },
};

function ledgerWith(before: Doc | null, id: string, position: number): Doc {
  const positions = [...((before?.['positions'] as number[] | undefined) ?? []), position];
  return { id, title: '芦山抗震救灾', count: positions.length, positions };
}

/** One document over all streams, as the annual report is one. */
export const totals: Projection = {
  name: 'totals',
  version: 1,
  collections: { totals: { indexes: [] } },
  events: ['Noted'],
  key: () => 'all',
  project: ({ data, position }: StoredEvent) => [
    {
      collection: 'totals',
      id: 'all',
      apply: before => ({
        id: 'all',
        count: ((before?.['count'] as number | undefined) ?? 0) + 1,
        sum: ((before?.['sum'] as number | undefined) ?? 0) + (data['number'] as number),
        last: position,
      }),
    },
  ],
};

export const projections: readonly Projection[] = [ledgers, totals];
