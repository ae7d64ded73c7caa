import type { arrangeChannel, Category, ChannelOpened, closeChannel, openChannel, routeChannel } from '#contracts';
import { refuse, type Refusal } from '#contracts';
import type { Aggregate, Decision } from '#commands';
import type { z } from 'zod';
import type { ChannelEvent, Column } from './channel.events.js';

export type Routing = { categories: readonly Category[]; from: string };

export interface ChannelState {
  opened: Omit<ChannelOpened['data'], 'columns'> | null;
  columns: readonly Column[];
  /** By day, the earliest first. */
  routing: readonly Routing[];
  closedOn: string | null;
}

type Input<O extends { input: z.ZodType }> = z.infer<O['input']>;
type Decide<O extends { input: z.ZodType }> = Decision<Input<O>, ChannelState, ChannelEvent>;

export const channel: Aggregate<ChannelState, ChannelEvent> = {
  stream: id => `channels.channel-${id}`,
  initial: { opened: null, columns: [], routing: [], closedOn: null },
  evolve(state, event) {
    switch (event.type) {
      case 'ChannelOpened': {
        const { columns, ...opened } = event.data;
        return { ...state, opened, columns };
      }
      case 'ChannelRouted':
        return { ...state, routing: routed(state.routing, event.data) };
      case 'ChannelArranged':
        return { ...state, columns: event.data.columns };
      case 'ChannelClosed':
        return { ...state, closedOn: event.data.closedOn };
      default:
        return state;
    }
  },
};

/** Routing again from the same day corrects that day; later entries stay as they are. */
export function routed(before: readonly Routing[], { categories, from }: Routing): Routing[] {
  return [...before.filter(one => one.from !== from), { categories, from }].sort((a, b) => a.from.localeCompare(b.from));
}

/** A year or a month counts from its first day. */
export function begunOn(openedOn: string, day: string): boolean {
  return day.slice(0, openedOn.length) >= openedOn;
}

/** A channel takes nothing any more on the day it closes. */
export function openOn(state: Pick<ChannelState, 'opened' | 'closedOn'>, day: string): boolean {
  return state.opened !== null && begunOn(state.opened.openedOn, day) && (state.closedOn === null || day < state.closedOn);
}

export function routesOn(state: Pick<ChannelState, 'routing'>, category: Category, day: string): boolean {
  return state.routing.findLast(one => one.from <= day)?.categories.includes(category) ?? false;
}

export const open: Decide<typeof openChannel> = (command, state) => {
  if (state.opened)
    return refuse('conflict', 'channel-exists', {
      zh: `渠道 ${command.id} 已经开通。`,
      en: `Channel ${command.id} is open already.`,
    });
  if (!begunOn(command.openedOn, command.today)) {
    return refuse(
      'invalid',
      'opened-in-future',
      {
        zh: `开通时间 ${command.openedOn} 在今天（${command.today}）之后。`,
        en: `openedOn ${command.openedOn} begins after today (${command.today}).`,
      },
      { issues: [{ path: 'openedOn', zh: '不能晚于今天', en: 'must not lie in the future' }] },
    );
  }
  const { id, name, kind, openedOn, columns, confirmation } = command;
  return repeated(columns) ?? [{ type: 'ChannelOpened', data: { channelId: id, name, kind, openedOn, columns, confirmation } }];
};

export const route: Decide<typeof routeChannel> = (command, state) => {
  if (!state.opened) return unknownChannel(command.id);
  if (state.closedOn) return closedChannel(command.id, state.closedOn);
  const categories = [...new Set(command.categories)];
  return [{ type: 'ChannelRouted', data: { channelId: command.id, kind: state.opened.kind, categories, from: command.from } }];
};

export const arrange: Decide<typeof arrangeChannel> = (command, state) => {
  if (!state.opened) return unknownChannel(command.id);
  if (state.closedOn) return closedChannel(command.id, state.closedOn);
  return repeated(command.columns) ?? [{ type: 'ChannelArranged', data: { channelId: command.id, columns: command.columns } }];
};

export const close: Decide<typeof closeChannel> = (command, state) => {
  if (!state.opened) return unknownChannel(command.id);
  if (state.closedOn) return closedChannel(command.id, state.closedOn);
  if (!begunOn(state.opened.openedOn, command.occurredOn))
    return notOpenYet(command.id, state.opened.openedOn, command.occurredOn);
  return [{ type: 'ChannelClosed', data: { channelId: command.id, closedOn: command.occurredOn, why: command.why } }];
};

function repeated(columns: readonly Column[]): Refusal | undefined {
  const twice = columns.findIndex((column, index) => columns.findIndex(other => other.name === column.name) < index);
  if (twice < 0) return undefined;
  const { name } = columns[twice]!;
  return refuse(
    'invalid',
    'column-repeated',
    { zh: `栏目“${name}”出现了两次。`, en: `The column "${name}" is named twice.` },
    {
      issues: [{ path: `columns.${twice}.name`, zh: '栏目名称重复', en: 'named twice' }],
    },
  );
}

export function unknownChannel(id: string): Refusal {
  return refuse('missing', 'channel-unknown', {
    zh: `没有渠道 ${id}，请先开通。`,
    en: `There is no channel ${id}; open it first.`,
  });
}

export function closedChannel(id: string, closedOn: string): Refusal {
  return refuse(
    'conflict',
    'channel-closed',
    { zh: `渠道 ${id} 已于 ${closedOn} 关闭。`, en: `Channel ${id} closed on ${closedOn}.` },
    { detail: { closedOn } },
  );
}

export function notOpenYet(id: string, openedOn: string, day: string): Refusal {
  return refuse(
    'conflict',
    'channel-not-open-yet',
    {
      zh: `渠道 ${id} 于 ${openedOn} 开通，${day} 尚未开通。`,
      en: `Channel ${id} opened in ${openedOn}; on ${day} it was not open yet.`,
    },
    { detail: { openedOn } },
  );
}
