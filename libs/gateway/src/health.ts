import type { FastifyInstance } from 'fastify';
import { isRefusal, type Reply } from '#contracts';
import type { House, RoomStatus } from '#messaging';
import { rooms } from './routes.js';

interface HealthParts {
  house: House;
  /** False while the example year is being loaded. */
  loaded(): boolean;
  /** What stands in the way is told in its own words; those may hold addresses and paths. */
  open: boolean;
}

const answerWithinMs = 2_000;
const silent = { ready: false, head: null, runners: [], doubts: [], parked: [] };

/** For probes and for people: nobody is asked who they are. */
export function registerHealth(fastify: FastifyInstance, { house, loaded, open }: HealthParts): void {
  const statuses = (correlationId: string) =>
    Promise.all(rooms.map(async room => (await statusOf(house, room, correlationId)) ?? { room, ...silent }));

  fastify.get('/health/live', async () => ({ status: 'live' }));
  fastify.get('/health/ready', async (request, reply) => {
    const answers = await statuses(request.id);
    const waiting = answers.filter(({ ready }) => !ready).map(({ room }) => room);
    const ready = waiting.length === 0 && loaded();
    // What is in doubt or behind is served, and said to be: an operator mends it while everybody works on.
    const doubts = answers.flatMap(({ room, doubts }) => doubts.map(doubt => ({ room, ...doubt })));
    const parked = answers.flatMap(({ room, parked }) => parked.map(one => ({ room, ...one })));
    const paused = answers.flatMap(({ room, runners }) =>
      runners.filter(({ state }) => state === 'paused').map(({ name }) => ({ room, projection: name })),
    );
    const status = !ready ? 'waiting' : doubts.length + parked.length + paused.length > 0 ? 'amber' : 'ready';
    return reply.code(ready ? 200 : 503).send({ status, loading: !loaded(), waiting, doubts, parked, paused });
  });
  fastify.get('/health/status', async request => ({
    rooms: (await statuses(request.id)).map(status => (open ? status : withoutWords(status))),
    loading: !loaded(),
  }));
}

function withoutWords({ runners, ...status }: RoomStatus): RoomStatus {
  return { ...status, runners: runners.map(({ error: _, ...runner }) => runner) };
}

async function statusOf(house: House, room: string, correlationId: string): Promise<RoomStatus | null> {
  const status = (await house.ask<RoomStatus>(
    { subject: `${room}.status` },
    { input: {}, correlationId },
    answerWithinMs,
  )) as unknown as RoomStatus | Reply;
  return isRefusal(status) || !('runners' in status) ? null : status;
}
