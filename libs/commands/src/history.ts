import type { HistoryStep } from '#contracts';
import type { StoredEvent } from '#event-store';

/** Who did what, when it happened and when it was recorded. */
export function historyOf(events: readonly StoredEvent[]): HistoryStep[] {
  return events.map(({ type, data, metadata, revision, position }) => ({
    event: type,
    person: metadata.person,
    occurredOn: metadata.occurredOn,
    recordedAt: metadata.recordedAt,
    revision,
    position,
    correlationId: metadata.correlationId,
    ...(metadata.backdated ? { backdated: metadata.backdated } : {}),
    ...(typeof data['why'] === 'string' ? { reason: data['why'] } : {}),
  }));
}
