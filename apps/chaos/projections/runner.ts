import { openSqliteEventStore } from '#event-store';
import { build, type Context, GenerationGone, openSqliteViews, runProjection } from '#projections';
import { given, report } from './falls.js';
import { ledgers, projections } from './views.js';
import { interrupted, watched } from './watched.js';

/** A process of a room, on files, for as long as it is left alive. */
const { events, views, owner, leaseMs, pageEvents, rebuilds } = given;
const context: Context = {
  store: await openSqliteEventStore(events),
  readStore: watched(await openSqliteViews(views)),
  owner,
  leaseMs,
  now: () => new Date(),
  log: { info: () => {}, error: () => {} },
  limits: { pageEvents, retryMs: [1] },
};
report({ ready: true });
await new Promise(resolve => process.stdin.once('data', resolve));
for (const projection of projections) runProjection(context, interrupted(projection));
while (rebuilds) {
  try {
    const { generation } = await build(context, interrupted(ledgers));
    if (generation.state === 'failed') report({ failed: generation.note.error ?? '' });
  } catch (error) {
    // Somebody else's rebuild took its place.
    if (!(error instanceof GenerationGone)) throw error;
  }
}
