import * as c from '#contracts';
import type { Operation } from '#contracts';

const byName: Record<c.ProjectionOrder['order'], Operation> = {
  rebuild: c.rebuildProjection,
  verify: c.verifyProjection,
  switch: c.switchProjection,
  rollback: c.rollBackProjection,
  pause: c.pauseProjection,
  resume: c.resumeProjection,
  drop: c.dropGeneration,
  'rebuild-key': c.rebuildKey,
  retry: c.retryDeadLetter,
  skip: c.skipDeadLetter,
};

export type Form = Record<string, string>;

/** What a form orders: its fields are those of the API's operation, as text. Null where it names no order. */
export function orderIn(form: Form, inAddress: Form): { operation: Operation; input: Record<string, unknown> } | null {
  const name = form['order'] ?? '';
  if (!Object.hasOwn(byName, name)) return null;
  const operation = byName[name as keyof typeof byName];
  const given = Object.entries({ ...form, ...inAddress }).filter(
    ([field, value]) => field in operation.input.shape && value !== '',
  );
  return { operation, input: Object.fromEntries(given.map(([field, value]) => [field, typed(field, value)])) };
}

function typed(field: string, value: string): unknown {
  if (['hold', 'force'].includes(field)) return true;
  return ['generation', 'parts'].includes(field) && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
