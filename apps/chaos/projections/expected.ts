import type { StoredEvent } from '#event-store';

/** What a generation must hold at a position, told from the log alone: without projections, folds or checkpoints. */
export interface Expected {
  /** By collection and id. */
  docs: Map<string, Map<string, object>>;
  /** Positions of the events that wait, the first of each stream being the one that cannot be digested. */
  letters: Map<number, 'parked' | 'waiting'>;
  /** Of each type. */
  counts: Map<string, number>;
}

export function expectedOf(projection: string, events: readonly StoredEvent[]): Expected {
  const types = projection === 'ledgers' ? ['Noted', 'Struck'] : ['Noted'];
  const mine = events.filter(({ type }) => types.includes(type));
  const counts = new Map<string, number>();
  for (const { type } of mine) counts.set(type, (counts.get(type) ?? 0) + 1);
  return { counts, ...(projection === 'ledgers' ? ledgersOf(mine) : { docs: totalsOf(mine), letters: new Map() }) };
}

function ledgersOf(events: readonly StoredEvent[]): Pick<Expected, 'docs' | 'letters'> {
  const notes = new Map<string, object>();
  const ledgers = new Map<string, object>();
  const letters: Expected['letters'] = new Map();
  const byStream = new Map<string, StoredEvent[]>();
  for (const event of events) byStream.set(event.stream, [...(byStream.get(event.stream) ?? []), event]);
  for (const [stream, all] of byStream) {
    const poisoned = all.findIndex(({ data }) => data['poison'] === true);
    const sound = poisoned === -1 ? all : all.slice(0, poisoned);
    for (const [index, { position }] of all.slice(sound.length).entries())
      letters.set(position, index === 0 ? 'parked' : 'waiting');
    for (const { id, type, data } of sound) if (type === 'Noted') notes.set(id, { id, stream, number: data['number'] });
    const since = sound.slice(sound.findLastIndex(({ type }) => type === 'Struck') + 1).map(({ position }) => position);
    if (since.length > 0) ledgers.set(stream, { id: stream, title: '芦山抗震救灾', count: since.length, positions: since });
  }
  return {
    docs: new Map([
      ['notes', notes],
      ['ledgers', ledgers],
    ]),
    letters,
  };
}

function totalsOf(events: readonly StoredEvent[]): Expected['docs'] {
  const sum = events.reduce((total, { data }) => total + (data['number'] as number), 0);
  const doc = { id: 'all', count: events.length, sum, last: events.at(-1)?.position };
  return new Map([['totals', new Map(events.length > 0 ? [['all', doc]] : [])]]);
}
