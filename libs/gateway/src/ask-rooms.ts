import { type Ask, isRefusal, type Operation, projectionRooms, type Refusal, type Reply } from '#contracts';
import type { House } from '#messaging';
import { rooms } from './routes.js';

const ofOperators = /^operations\./;

/**
 * Asks whom an operation concerns: its room; an operator's, the room that keeps the projection; one that names no projection,
 * every room, and the lists are put together. Where a room does not answer, its name stands under `silent`: an operator wants
 * to see the others all the more.
 */
export async function askRooms<T = unknown>(house: House, operation: Operation, ask: Ask): Promise<Reply<T>> {
  if (!ofOperators.test(operation.subject)) return house.ask(operation, ask);
  const { projection } = ask.input as { projection?: string };
  if (projection !== undefined) return house.ask(at(projectionRooms[projection]!, operation), ask);
  const replies = await Promise.all(
    rooms.map(async room => [room, await house.ask<{ items: object[] }>(at(room, operation), ask)] as const),
  );
  const refused = replies.flatMap(([room, reply]) => (isRefusal(reply) ? [[room, reply] as [string, Refusal]] : []));
  const telling = refused.find(([, refusal]) => refusal.refused !== 'unready');
  if (telling) return telling[1];
  const items = replies.flatMap(([room, reply]) => (isRefusal(reply) ? [] : reply.ok.items.map(item => ({ room, ...item }))));
  return { ok: { total: items.length, items, next: null, silent: refused.map(([room]) => room) } as T };
}

function at(room: string, operation: Operation): Operation {
  return { ...operation, subject: operation.subject.replace(ofOperators, `${room}.`) };
}
