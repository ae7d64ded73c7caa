import {
  type Ask,
  inRoom,
  isForOperators,
  isRefusal,
  type Operation,
  operatorsDeadlineMs,
  projectionRooms,
  refuse,
  type Refusal,
  type Reply,
} from '#contracts';
import type { House } from '#messaging';
import { rooms } from './routes.js';

interface List {
  total: number;
  items: object[];
}

/**
 * Asks whom an operation concerns: its room; an operator's, the room that keeps the projection; one that names no projection,
 * every room, and the lists are put together. Where a room does not answer, its name stands under `silent`: an operator wants
 * to see the others all the more.
 */
export async function askRooms<T = unknown>(house: House, operation: Operation, ask: Ask): Promise<Reply<T>> {
  if (!isForOperators(operation)) return house.ask(operation, ask);
  const { projection } = ask.input as { projection?: string };
  if (projection !== undefined) {
    const room = Object.hasOwn(projectionRooms, projection) ? projectionRooms[projection] : undefined;
    return room === undefined ? unknown(projection) : house.ask(inRoom(operation, room), ask, operatorsDeadlineMs);
  }
  const replies = await Promise.all(
    rooms.map(async room => ({ room, reply: await house.ask<List>(inRoom(operation, room), ask) })),
  );
  const refusals = replies.flatMap(({ room, reply }) => (isRefusal(reply) ? [{ room, reply }] : []));
  const telling = refusals.find(({ reply }) => reply.refused !== 'unready');
  if (telling) return telling.reply;
  const lists = replies.flatMap(({ room, reply }) => (isRefusal(reply) ? [] : [{ room, ...reply.ok }]));
  const items = lists.flatMap(({ room, items }) => items.map(item => ({ room, ...item })));
  const total = lists.reduce((sum, list) => sum + list.total, 0);
  return { ok: { total, items, next: null, silent: refusals.map(({ room }) => room) } as T };
}

function unknown(projection: string): Refusal {
  const names = Object.keys(projectionRooms);
  return refuse('missing', 'projection-unknown', {
    zh: `没有视图 ${projection}；有：${names.join('、')}。`,
    en: `There is no projection ${projection}; there are: ${names.join(', ')}.`,
  });
}
