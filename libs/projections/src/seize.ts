import type { Context } from './context.js';
import { generationAt } from './generations.js';
import { type HeldLease, seizeLease } from './lease.js';
import type { Projection } from './projection.js';
import { type Checkpoint, leaseOf, type Ref, StaleFence } from './read-store.js';

const triesMax = 20;

/**
 * Takes a part of a generation from whoever follows it, for an act between two of its steps: from here on nothing that the other has
 * under way is stored. To be released soon; the other notices, forgets what it holds in memory and takes it again.
 * @throws GenerationGone, also where there is no such part; StaleFence where others seize it again and again
 */
export async function seize(
  { readStore, owner, leaseMs, now }: Context,
  projection: Projection,
  at: Ref,
  part = 0,
): Promise<{ lease: HeldLease; checkpoint: Checkpoint }> {
  for (let tries = 1; ; tries++) {
    const lease = await seizeLease(readStore, leaseOf(at, part), { owner, ttlMs: leaseMs, now });
    try {
      const checkpoint = (await generationAt(readStore, at)).checkpoints.find(one => one.part === part);
      if (!checkpoint) throw new StaleFence(`${leaseOf(at, part)}: no such part any more`);
      const { position, tally } = checkpoint;
      await readStore.commit(projection, at, { part, fence: lease.fence, from: position, to: position, writes: [], tally });
      return { lease, checkpoint: { ...checkpoint, fence: lease.fence } };
    } catch (error) {
      await lease.release();
      // What the other had under way was stored just before.
      if (!(error instanceof StaleFence) || tries === triesMax) throw error;
    }
  }
}
