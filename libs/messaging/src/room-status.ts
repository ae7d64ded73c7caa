import type { Doubt, ProjectionStatus, RunnerStatus } from '#projections';

export interface RoomStatus {
  room: string;
  ready: boolean;
  /** Null: the event store does not answer, and the room is not ready. */
  head: number | null;
  runners: (RunnerStatus & { lag: number | null })[];
  /** Documents that readers see and that are not the fold of their events. */
  doubts: readonly Doubt[];
  /** Projections with keys that wait for an operator: what readers see of those is not the newest. */
  parked: { projection: string; keys: number }[];
}

export interface RoomMetrics {
  room: string;
  projections: ProjectionStatus[];
  /** Further tries of events that failed, by projection, since the process began. */
  retries: Record<string, number>;
  doubts: number;
}
