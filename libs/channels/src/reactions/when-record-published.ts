import { type Actor, isRefusal, type RecordPublished, type RecordWithdrawn } from '#contracts';
import { derivedId, type Envelope, load } from '#commands';
import type { StoredEvent } from '#event-store';
import type { Room } from '#messaging';
import { type Reaction, WaitsForPaused } from '#projections';
import type { ChannelEvent } from '../channel/channel.events.js';
import { channel, type ChannelState, openOn, routesOn } from '../channel/channel.js';
import { delivery, queue, requestRecall } from '../delivery/delivery.js';
import { every } from '../views/channel-pages.js';
import { type ChannelDoc, channelsView } from '../views/channels.js';

type Fact = (RecordPublished | RecordWithdrawn) & StoredEvent;

/**
 * A publication is queued for every channel its class goes to, and recalled from those it no longer goes to; a withdrawal is
 * recalled from everywhere. One reaction follows both, in the log's order: two could overtake each other, and a record
 * withdrawn soon after its publication would stay up.
 */
export function whenRecordPublished(room: Room): Reaction {
  return {
    name: 'when-record-published',
    events: ['RecordPublished', 'RecordWithdrawn'],
    async react(event) {
      const fact = event as Fact;
      for (const { id, state } of await channelsAt(room, fact.position)) await deliver(room, fact, id, state);
    },
  };
}

/**
 * The channels as they stood when the fact was stored: ids from the view, states from their streams, so that a reaction that
 * lags behind, or begins anew with an empty checkpoint, comes to the same deliveries.
 */
async function channelsAt(room: Room, position: number): Promise<{ id: string; state: ChannelState }[]> {
  const view = room.view(channelsView);
  if (((await view.position()) ?? 0) < position && !(await room.fresh(channelsView, position))) {
    const { name, zh, en } = (await room.lacking(channelsView)) ?? {};
    if (name === 'view-paused') throw new WaitsForPaused(`${zh} / ${en}`);
    throw new Error(`the view of the channels does not hold position ${position} yet`);
  }
  const docs = await every<ChannelDoc>(view, 'channels');
  return Promise.all(
    docs.map(async ({ id }) => {
      const { history } = await load(room.store, channel, id);
      const then = history.filter(event => event.position < position) as unknown as ChannelEvent[];
      return { id, state: then.reduce((state, event) => channel.evolve(state, event), channel.initial) };
    }),
  );
}

async function deliver(room: Room, fact: Fact, channelId: string, state: ChannelState): Promise<void> {
  const { recordId } = fact.data;
  const published = fact.type === 'RecordPublished' ? fact.data : undefined;
  const wanted =
    published !== undefined && openOn(state, published.publishedOn) && routesOn(state, published.category, published.publishedOn);
  if (!state.opened || (!wanted && published?.first)) return;
  // What a closed channel once took stays there through revisions; only a withdrawal asks for it back.
  if (!wanted && published && state.closedOn !== null && state.closedOn <= published.publishedOn) return;

  const id = `${recordId}.${channelId}`;
  const { history } = await load(room.store, delivery, id);
  const commandId = derivedId(fact.id, channelId);
  if (history.some(event => event.metadata.commandId === commandId)) return;

  const day = fact.type === 'RecordPublished' ? fact.data.publishedOn : fact.data.withdrawnOn;
  const previousOn = history.at(-1)?.metadata.occurredOn ?? day;
  // A late entry (补录) may name a day before the delivery's last step; the delivery then moves on that step's day.
  const step = {
    id,
    occurredOn: day > previousOn ? day : previousOn,
    recordRevision: fact.revision,
    automatic: state.opened.confirmation === 'automatic',
  };
  const answer = wanted
    ? await room.decide(
        delivery,
        id,
        { ...step, recordId, channelId, title: published.title, category: published.category, publishedOn: day },
        queue,
        envelope(room, fact, 'queue', commandId),
      )
    : await room.decide(
        delivery,
        id,
        { ...step, why: reasonOf(fact) },
        requestRecall,
        envelope(room, fact, 'request-recall', commandId),
      );
  // Anything else, such as a clock behind the catalogue's, is tried again.
  if (isRefusal(answer) && answer.name !== 'publication-known' && answer.name !== 'nothing-to-recall')
    throw new Error(`${id}: ${answer.en}`);
}

function reasonOf(fact: Fact): string {
  return fact.type === 'RecordWithdrawn' ? fact.data.why : `类别改为 ${fact.data.category}，不再发往本渠道`;
}

function envelope(room: Room, fact: Fact, verb: string, commandId: string): Envelope {
  const { clock, digests } = room.platform;
  const person = fact.type === 'RecordWithdrawn' ? 'system:when-record-withdrawn' : 'system:when-record-published';
  const actor: Actor = { person, name: '系统', roles: [] };
  return {
    commandId,
    command: `channels.delivery.${verb}`,
    correlationId: fact.metadata.correlationId,
    causationId: fact.id,
    actor,
    now: clock.now(),
    today: clock.today(),
    house: true,
    digests,
  };
}
