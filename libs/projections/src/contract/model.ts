import type { StoredEvent } from '#event-store';
import type { Doc } from '../projection.js';

/** What `tallies` must hold, told in another way than by folding documents one by one. */
export function modelOf(events: readonly StoredEvent[]): Doc[] {
  const streams = [...new Set(events.map(({ stream }) => stream))].sort();
  return streams.flatMap(stream => {
    const steps = events.filter(event => event.stream === stream && (event.type === 'Added' || event.type === 'Removed'));
    const added = steps.slice(steps.findLastIndex(({ type }) => type === 'Removed') + 1);
    if (added.length === 0) return [];
    return [
      {
        id: stream,
        v: 1,
        title: added.at(-1)!.data['title'] ?? '芦山',
        total: added.reduce((sum, { data }) => sum + ((data['by'] as number | undefined) ?? 1), 0),
        order: added.map(({ revision }) => revision),
      },
    ];
  });
}
