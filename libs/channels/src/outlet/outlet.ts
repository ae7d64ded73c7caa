import { refuse, type Refusal, type registerOutlet, type retierOutlet } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import type { OutletEvent, Tier } from './outlet.events.js';

export interface OutletState {
  name: string | null;
  /** By day, the earliest first. */
  tiers: readonly Tier[];
}

export const outlet: Aggregate<OutletState, OutletEvent> = {
  stream: id => `channels.outlet-${id}`,
  initial: { name: null, tiers: [] },
  evolve(state, event) {
    switch (event.type) {
      case 'OutletRegistered':
        return { name: event.data.name, tiers: tiered([], event.data) };
      case 'OutletRetiered':
        return { ...state, tiers: tiered(state.tiers, event.data) };
      default:
        return state;
    }
  },
};

/** Naming a tier from the same day again corrects it. */
export function tiered(before: readonly Tier[], { tier, tierName, from }: Tier): Tier[] {
  const named = { tier, ...(tierName === undefined ? {} : { tierName }), from };
  return [...before.filter(one => one.from !== from), named].sort((a, b) => a.from.localeCompare(b.from));
}

export function tierOn(tiers: readonly Tier[], day: string): Tier | undefined {
  return tiers.findLast(one => one.from <= day);
}

const tierNames: Readonly<Record<string, string>> = { central: '中央主流媒体', provincial: '省级媒体', trade: '民政报刊' };

/** `knownName`: what the tier is called where an outlet has it already; the list of tiers is open. */
export const register =
  (knownName?: string): Decision<z.infer<(typeof registerOutlet)['input']>, OutletState, OutletEvent> =>
  ({ id, name, tier, tierName, from }, state) => {
    if (state.name !== null)
      return refuse('conflict', 'outlet-exists', { zh: `媒体 ${id} 已经登记。`, en: `Outlet ${id} is registered already.` });
    const called = tierNames[tier] ?? tierName ?? knownName;
    if (called === undefined) return unnamedTier(tier);
    return [{ type: 'OutletRegistered', data: { outletId: id, name, tier, tierName: called, from } }];
  };

export const retier =
  (knownName?: string): Decision<z.infer<(typeof retierOutlet)['input']>, OutletState, OutletEvent> =>
  ({ id, tier, tierName, from }, state) => {
    if (state.name === null) return unknownOutlet(id);
    const called = tierNames[tier] ?? tierName ?? knownName;
    if (called === undefined) return unnamedTier(tier);
    return [{ type: 'OutletRetiered', data: { outletId: id, tier, tierName: called, from } }];
  };

export function unknownOutlet(id: string): Refusal {
  return refuse('missing', 'outlet-unknown', {
    zh: `没有媒体 ${id}，请先登记媒体。`,
    en: `There is no outlet ${id}; register it first.`,
  });
}

function unnamedTier(tier: string): Refusal {
  return refuse(
    'invalid',
    'tier-name-missing',
    { zh: `层级 ${tier} 是新的，请写明层级名称（tierName）。`, en: `The tier ${tier} is new; give its name (tierName).` },
    {
      issues: [{ path: 'tierName', zh: '新层级必填', en: 'required for a new tier' }],
    },
  );
}
