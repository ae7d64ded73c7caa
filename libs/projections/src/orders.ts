import {
  type Accepted,
  inBoth,
  projectionOrder,
  type ProjectionOrder,
  type ProjectionOrdered,
  refuse,
  type Refusal,
} from '#contracts';
import { type Aggregate, type Digests, handle, load } from '#commands';
import type { VersionedStore } from '#event-store';

/** Who orders, and under which command. */
export interface OrderEnvelope {
  person: string;
  name: string;
  correlationId: string;
  commandId: string;
  /** Orders of the projection that the asker knows of, as the last answer's revision says: with any more it is refused. */
  ifMatch?: number;
}

export interface Orders {
  store: VersionedStore;
  digests: Digests;
  now(): Date;
  /** The same instant's date in the authority's time zone. */
  today(): string;
}

/** An order with what it left open: the generation that it is about. So it is recorded. */
export type Meant = ProjectionOrder & { generation?: number | undefined };

/** Orders have no state of their own: what became of them stands in the read store. */
const orders: Aggregate<null, ProjectionOrdered> = {
  stream: projection => `operations.projection-${projection}`,
  initial: null,
  evolve: state => state,
};

/** What a person typed, as an order; or what is wrong with it. */
export function checkOrder(asked: unknown): ProjectionOrder | Refusal {
  const { data, error } = projectionOrder.safeParse(asked);
  if (data) return data;
  const issues = error.issues.map(issue => ({ path: issue.path.map(String).join('.') || 'order', ...inBoth(issue) }));
  return refuse(
    'invalid',
    'order-invalid',
    {
      zh: `命令有误：${issues.map(({ path, zh }) => `${path}（${zh}）`).join('；')}。`,
      en: `The order is not valid: ${issues.map(({ path, en }) => `${path} (${en})`).join('; ')}.`,
    },
    { issues },
  );
}

/** What this command ordered before, where it did, and whether other orders came after it. */
export async function orderedBefore(
  { store }: Orders,
  projection: string,
  { commandId }: OrderEnvelope,
): Promise<{ meant: Meant; overtaken: boolean } | null> {
  const { history } = await load(store, orders, projection);
  const found = history.find(({ metadata }) => metadata.commandId === commandId);
  return found ? { meant: found.data as Meant, overtaken: found !== history.at(-1) } : null;
}

/** The order as a fact: who, when, why. The same command again returns the same. */
export async function recordOrder(
  { store, digests, now, today }: Orders,
  { asked, meant }: { asked: ProjectionOrder; meant: Meant },
  { person, name, correlationId, commandId, ifMatch }: OrderEnvelope,
): Promise<Accepted | Refusal> {
  const ordered: ProjectionOrdered = { type: 'ProjectionOrdered', data: meant };
  return handle(store, orders, asked.projection, asked, () => [ordered], {
    commandId,
    command: 'operations.projection.order',
    correlationId,
    actor: { person, name, roles: ['operator'] },
    now: now(),
    today: today(),
    digests,
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
}

/** An order as it was recorded. */
export interface PastOrder {
  ordered: Meant;
  person: string;
  name: string;
  recordedAt: string;
  position: number;
  revision: number;
}

/** The newest orders of a projection, newest first. */
export async function ordersOf({ store }: Pick<Orders, 'store'>, projection: string, limit: number): Promise<PastOrder[]> {
  const { history } = await load(store, orders, projection);
  return history
    .slice(-limit)
    .reverse()
    .map(({ data, metadata: { person, name, recordedAt }, position, revision }) => {
      return { ordered: data as Meant, person, name, recordedAt, position, revision };
    });
}
