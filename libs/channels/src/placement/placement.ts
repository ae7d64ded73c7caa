import { refuse, type Refusal, type registerPlacement, type withdrawPlacement } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import { type OutletState, tierOn, unknownOutlet } from '../outlet/outlet.js';
import type { PlacementEvent } from './placement.events.js';

type Registered = Extract<PlacementEvent, { type: 'PlacementRegistered' }>;
export type PlacementState = { registered: Registered['data'] | null; withdrawn: boolean };

export const placement: Aggregate<PlacementState, PlacementEvent> = {
  stream: id => `channels.placement-${id}`,
  initial: { registered: null, withdrawn: false },
  evolve(state, event) {
    switch (event.type) {
      case 'PlacementRegistered':
        return { ...state, registered: event.data };
      case 'PlacementWithdrawn':
        return { ...state, withdrawn: true };
      default:
        return state;
    }
  },
};

/** `twin`: another entry of the same outlet, title and day that stands. */
export const register =
  (
    placementId: string,
    outlet: OutletState,
    twin?: string,
  ): Decision<z.infer<(typeof registerPlacement)['input']>, PlacementState, PlacementEvent> =>
  ({ outlet: outletId, title, href, occurredOn }) => {
    if (outlet.name === null) return unknownOutlet(outletId);
    const tier = tierOn(outlet.tiers, occurredOn);
    if (!tier) {
      const { from } = outlet.tiers[0]!;
      return refuse(
        'conflict',
        'outlet-not-yet',
        {
          zh: `媒体 ${outletId} 自 ${from} 起才有层级，${occurredOn} 的稿件无法归入。`,
          en: `Outlet ${outletId} has a tier from ${from} on; a placement of ${occurredOn} has none.`,
        },
        { detail: { from } },
      );
    }
    if (twin !== undefined) {
      return refuse(
        'conflict',
        'already-registered',
        {
          zh: `${outlet.name} ${occurredOn} 的稿件“${title}”已经登记。`,
          en: `This placement of ${occurredOn} with ${outletId} is registered already.`,
        },
        { detail: { id: twin } },
      );
    }
    const data = { placementId, outlet: outletId, outletName: outlet.name, tier: tier.tier, title, placedOn: occurredOn };
    return [{ type: 'PlacementRegistered', data: { ...data, ...(href === undefined ? {} : { href }) } }];
  };

export const withdraw: Decision<z.infer<(typeof withdrawPlacement)['input']>, PlacementState, PlacementEvent> = (
  command,
  state,
) => {
  if (!state.registered) return unknownPlacement();
  if (state.withdrawn)
    return refuse('conflict', 'already-withdrawn', { zh: '这条刊发稿件已经注销。', en: 'This placement is struck already.' });
  const { placementId, tier, placedOn } = state.registered;
  return [
    { type: 'PlacementWithdrawn', data: { placementId, tier, placedOn, withdrawnOn: command.occurredOn, why: command.why } },
  ];
};

export function unknownPlacement(): Refusal {
  return refuse('missing', 'placement-unknown', { zh: '没有这条刊发稿件。', en: 'There is no such placement.' });
}
