import { isRefusal, type ProjectionOrder, refuse, type Refusal } from '#contracts';
import { carryOut } from './carry-out.js';
import type { Settled } from './dead-letters.js';
import { generationsOf } from './generations.js';
import type { Operations } from './operations.js';
import { checkOrder, orderedBefore, type OrderEnvelope, recordOrder } from './orders.js';
import type { Progress } from './progress.js';
import type { GenerationState, Verification } from './read-store.js';
import type { RebuiltKey } from './rebuild-key.js';
import { meantBy, refusalOf } from './refusals.js';

/** What became of an order. */
export interface Outcome {
  order: ProjectionOrder['order'];
  projection: string;
  /** Position of the order in the log, and how many orders of this projection came before it. */
  position: number;
  revision: number;
  /** What was ordered is so now. False: it was tried, and `zh` and `en` say what stands in the way. */
  ok: boolean;
  zh: string;
  en: string;
  generation?: number;
  state?: GenerationState;
  verification?: Verification;
  /** Of a rebuild: it was begun before, and went on from there. */
  resumed?: boolean;
  /** Of a rollback: events that the generation gone back to has still to apply. */
  behind?: number;
  key?: RebuiltKey;
  settled?: Settled;
}

export interface Doing {
  progress?: (progress: Progress) => void;
  /** Stops waiting; what was begun can be gone on with. */
  signal?: AbortSignal;
  /** A rebuild is only begun, and left to whoever follows the projection. */
  begin?: boolean;
}

/**
 * An order of an operator's, whatever door it came through: checked, recorded as an event, carried out. Refused, it leaves nothing. The
 * same command again is not recorded again, and carried out again only while nothing else was ordered since.
 * @throws what the stores throw; whoever asks again with the same command id goes on
 */
export async function operate(
  operations: Operations,
  asked: unknown,
  envelope: OrderEnvelope,
  doing: Doing = {},
): Promise<Outcome | Refusal> {
  const order = checkOrder(asked);
  if (isRefusal(order)) return order;
  const projection = operations.projections.find(({ name }) => name === order.projection);
  if (!projection) return unknownProjection(order.projection, operations);
  const before = await orderedBefore(operations, projection.name, envelope);
  const generations = await generationsOf(operations.readStore, projection.name);
  const refused = before ? undefined : await refusalOf(operations, projection, generations, order);
  if (refused) return refused;
  const meant = before?.meant ?? meantBy(order, generations);
  const recorded = await recordOrder(operations, { asked: order, meant }, envelope);
  if (isRefusal(recorded)) return recorded;
  const { position, revision } = recorded;
  const done = before?.overtaken ? overtaken : await carryOut({ operations, projection, position, envelope, doing }, meant);
  operations.log.info(
    { projection: projection.name, order: order.order, person: envelope.person, position, ok: done.ok, outcome: done.en },
    'an order was carried out',
  );
  return { order: order.order, projection: projection.name, position, revision, ...done };
}

const overtaken = {
  ok: true,
  zh: '这条命令此前已经执行，之后又有新的命令。',
  en: 'This was carried out before, and other orders came after it.',
};

function unknownProjection(name: string, { projections, room }: Operations): Refusal {
  const names = projections.map(projection => projection.name);
  return refuse('missing', 'projection-unknown', {
    zh: `${room ?? '这里'}没有视图 ${name}；有：${names.join('、')}。`,
    en: `There is no projection ${name}${room ? ` in ${room}` : ''}; there are: ${names.join(', ')}.`,
  });
}
