import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  arrangeChannel,
  type Ask,
  channelsTasks,
  closeChannel,
  confirmDelivery,
  endCommitment,
  failDelivery,
  getChannel,
  getCommitment,
  getDelivery,
  getOutlet,
  getPlacement,
  getPost,
  isRefusal,
  listChannels,
  listCommitments,
  listDeliveries,
  listOutlets,
  listPlacements,
  listPosts,
  makeCommitment,
  openChannel,
  recallDelivery,
  type Refusal,
  registerOutlet,
  registerPlacement,
  registerPost,
  retierOutlet,
  routeChannel,
  withdrawPlacement,
  withdrawPost,
} from '#contracts';
import { addressId, type Aggregate, type DomainEvent, historyOf, load } from '#commands';
import { Room } from '#messaging';
import { arrange, channel, close, open, route, unknownChannel } from './channel/channel.js';
import { commitment, end, make, unknownCommitment } from './commitment/commitment.js';
import { confirm, delivery, fail, recall, unknownDelivery } from './delivery/delivery.js';
import * as outlets from './outlet/outlet.js';
import * as placements from './placement/placement.js';
import * as posts from './post/post.js';
import { channelPages, named, outletOn, tasksOf } from './views/channel-pages.js';
import {
  type ChannelDoc,
  channelsView,
  type CommitmentDoc,
  type DeliveryDoc,
  type OutletDoc,
  type PlacementDoc,
  type PostDoc,
  type RecordDoc,
  type UnitDoc,
} from './views/channels.js';

/** Every door of the channels. */
@Controller()
export class ChannelsController {
  constructor(@Inject(Room) private readonly room: Room) {}

  @MessagePattern('channels.status') status() {
    return this.room.status();
  }
  @MessagePattern('channels.metrics') metrics() {
    return this.room.metrics();
  }

  @MessagePattern(openChannel.subject) openChannel(@Payload() ask: Ask) {
    return this.room.command(openChannel, ask, (input, envelope) => this.room.decide(channel, input.id, input, open, envelope));
  }
  @MessagePattern(routeChannel.subject) routeChannel(@Payload() ask: Ask) {
    return this.room.command(routeChannel, ask, (input, envelope) => this.room.decide(channel, input.id, input, route, envelope));
  }
  @MessagePattern(arrangeChannel.subject) arrangeChannel(@Payload() ask: Ask) {
    return this.room.command(arrangeChannel, ask, (input, envelope) =>
      this.room.decide(channel, input.id, input, arrange, envelope),
    );
  }
  @MessagePattern(closeChannel.subject) closeChannel(@Payload() ask: Ask) {
    return this.room.command(closeChannel, ask, (input, envelope) => this.room.decide(channel, input.id, input, close, envelope));
  }

  @MessagePattern(confirmDelivery.subject) confirmDelivery(@Payload() ask: Ask) {
    return this.room.command(confirmDelivery, ask, async (input, envelope) => {
      const { channelId } = await this.state(delivery, input.id);
      const { columns } = channelId === null ? channel.initial : await this.state(channel, channelId);
      return this.room.decide(delivery, input.id, input, confirm(columns), envelope);
    });
  }
  @MessagePattern(failDelivery.subject) failDelivery(@Payload() ask: Ask) {
    return this.room.command(failDelivery, ask, (input, envelope) => this.room.decide(delivery, input.id, input, fail, envelope));
  }
  @MessagePattern(recallDelivery.subject) recallDelivery(@Payload() ask: Ask) {
    return this.room.command(recallDelivery, ask, (input, envelope) =>
      this.room.decide(delivery, input.id, input, recall, envelope),
    );
  }

  @MessagePattern(registerOutlet.subject) registerOutlet(@Payload() ask: Ask) {
    return this.room.command(registerOutlet, ask, async (input, envelope) => {
      const known = await this.look<{ name: string }>('tiers', input.tier);
      if (isRefusal(known)) return known;
      return this.room.decide(outlets.outlet, input.id, input, outlets.register(known?.name), envelope);
    });
  }
  @MessagePattern(retierOutlet.subject) retierOutlet(@Payload() ask: Ask) {
    return this.room.command(retierOutlet, ask, async (input, envelope) => {
      const known = await this.look<{ name: string }>('tiers', input.tier);
      if (isRefusal(known)) return known;
      return this.room.decide(outlets.outlet, input.id, input, outlets.retier(known?.name), envelope);
    });
  }

  @MessagePattern(registerPlacement.subject) registerPlacement(@Payload() ask: Ask) {
    return this.room.command(registerPlacement, ask, async (input, envelope) => {
      const id = addressId(envelope.commandId);
      const { outlet, title } = input;
      const where = { outlet, title, placedOn: input.occurredOn ?? envelope.today, withdrawnOn: null };
      // The view answers for other entries: two of the same moment may both pass, and one is then struck.
      await this.room.fresh(channelsView);
      const { items: twins } = await this.room.view(channelsView).find<PlacementDoc>('placements', { where, limit: 1 });
      return this.room.decide(
        placements.placement,
        id,
        input,
        placements.register(id, await this.state(outlets.outlet, outlet), twins[0]?.id),
        envelope,
      );
    });
  }
  @MessagePattern(withdrawPlacement.subject) withdrawPlacement(@Payload() ask: Ask) {
    return this.room.command(withdrawPlacement, ask, (input, envelope) =>
      this.room.decide(placements.placement, input.id, input, placements.withdraw, envelope),
    );
  }

  @MessagePattern(registerPost.subject) registerPost(@Payload() ask: Ask) {
    return this.room.command(registerPost, ask, async (input, envelope) => {
      const id = addressId(envelope.commandId);
      const shown = input.record === undefined ? null : await this.look<RecordDoc>('records', input.record);
      if (isRefusal(shown)) return shown;
      return this.room.decide(
        posts.post,
        id,
        input,
        posts.register(id, await this.state(channel, input.channel), shown),
        envelope,
      );
    });
  }
  @MessagePattern(withdrawPost.subject) withdrawPost(@Payload() ask: Ask) {
    return this.room.command(withdrawPost, ask, (input, envelope) =>
      this.room.decide(posts.post, input.id, input, posts.withdraw, envelope),
    );
  }

  @MessagePattern(makeCommitment.subject) makeCommitment(@Payload() ask: Ask) {
    return this.room.command(makeCommitment, ask, async (input, envelope) => {
      const id = addressId(envelope.commandId);
      const unit = await this.look<UnitDoc>('units', input.unit);
      if (isRefusal(unit)) return unit;
      const channels = new Set<string>();
      for (const one of new Set(input.channels)) if ((await this.state(channel, one)).opened) channels.add(one);
      return this.room.decide(commitment, id, input, make(id, { unit: unit !== null, channels }), envelope);
    });
  }
  @MessagePattern(endCommitment.subject) endCommitment(@Payload() ask: Ask) {
    return this.room.command(endCommitment, ask, (input, envelope) =>
      this.room.decide(commitment, input.id, input, end, envelope),
    );
  }

  @MessagePattern(getChannel.subject) getChannel(@Payload() ask: Ask) {
    return this.room.query(
      getChannel,
      ask,
      channelsView,
      async ({ id }, view) => (await view.get<ChannelDoc>('channels', id)) ?? unknownChannel(id),
    );
  }
  @MessagePattern(listChannels.subject) listChannels(@Payload() ask: Ask) {
    return this.room.query(listChannels, ask, channelsView, (input, view) => channelPages.channels(view, input));
  }
  @MessagePattern(getDelivery.subject) getDelivery(@Payload() ask: Ask) {
    return this.room.query(getDelivery, ask, channelsView, async ({ id }, view) => {
      const doc = await view.get<DeliveryDoc>('deliveries', id);
      return doc ? { ...doc, history: await this.history(delivery, id) } : unknownDelivery();
    });
  }
  @MessagePattern(listDeliveries.subject) listDeliveries(@Payload() ask: Ask) {
    return this.room.query(listDeliveries, ask, channelsView, (input, view) => channelPages.deliveries(view, input));
  }
  @MessagePattern(getOutlet.subject) getOutlet(@Payload() ask: Ask) {
    return this.room.query(getOutlet, ask, channelsView, async ({ id }, view) => {
      const doc = await view.get<OutletDoc>('outlets', id);
      return doc ? outletOn(doc, this.room.platform.clock.today()) : outlets.unknownOutlet(id);
    });
  }
  @MessagePattern(listOutlets.subject) listOutlets(@Payload() ask: Ask) {
    return this.room.query(listOutlets, ask, channelsView, (input, view) =>
      channelPages.outlets(view, input, this.room.platform.clock.today()),
    );
  }
  @MessagePattern(getPlacement.subject) getPlacement(@Payload() ask: Ask) {
    return this.room.query(getPlacement, ask, channelsView, async ({ id }, view) => {
      const doc = await view.get<PlacementDoc>('placements', id);
      return doc ? { ...doc, history: await this.history(placements.placement, id) } : placements.unknownPlacement();
    });
  }
  @MessagePattern(listPlacements.subject) listPlacements(@Payload() ask: Ask) {
    return this.room.query(listPlacements, ask, channelsView, (input, view) => channelPages.placements(view, input));
  }
  @MessagePattern(getPost.subject) getPost(@Payload() ask: Ask) {
    return this.room.query(getPost, ask, channelsView, async ({ id }, view) => {
      const doc = await view.get<PostDoc>('posts', id);
      return doc ? { ...doc, history: await this.history(posts.post, id) } : posts.unknownPost();
    });
  }
  @MessagePattern(listPosts.subject) listPosts(@Payload() ask: Ask) {
    return this.room.query(listPosts, ask, channelsView, (input, view) => channelPages.posts(view, input));
  }
  @MessagePattern(getCommitment.subject) getCommitment(@Payload() ask: Ask) {
    return this.room.query(getCommitment, ask, channelsView, async ({ id }, view) => {
      const doc = await view.get<CommitmentDoc>('commitments', id);
      return doc ? (await named(view, [doc]))[0]! : unknownCommitment();
    });
  }
  @MessagePattern(listCommitments.subject) listCommitments(@Payload() ask: Ask) {
    return this.room.query(listCommitments, ask, channelsView, (input, view) => channelPages.commitments(view, input));
  }
  @MessagePattern(channelsTasks.subject) tasks(@Payload() ask: Ask) {
    return this.room.query(channelsTasks, ask, channelsView, (_, view, actor) => tasksOf(view, actor!));
  }

  /** Neighbours' states come from their streams, so that a rule never asks a view that lags. */
  private async state<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, id: string): Promise<S> {
    return (await load(this.room.store, aggregate, id)).state;
  }

  private async history<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, id: string) {
    return historyOf((await load(this.room.store, aggregate, id)).history);
  }

  /** What only the view knows, such as the catalogue's units and records; that there is none is said by a view that holds everything. */
  private async look<D>(collection: string, id: string): Promise<D | null | Refusal> {
    const lacking = await this.room.lacking(channelsView);
    return (await this.room.view(channelsView).get<D>(collection, id)) ?? lacking;
  }
}
