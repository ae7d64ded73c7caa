import { type ProjectionOrder, refuse, type Refusal } from '#contracts';
import { nearEvents } from './build.js';
import { isSettled, showDeadLetter } from './dead-letters.js';
import { activeIn, eventsAfter, positionOf, unfinished } from './generations.js';
import { eventsOfKeys } from './log-pages.js';
import type { Operations } from './operations.js';
import type { Meant } from './orders.js';
import type { Projection } from './projection.js';
import type { DeadLetter, Generation } from './read-store.js';

/** Generations of the program's own version that an event concerns: each of them may have a letter about it. */
export function ownGenerations(projection: Projection, generations: readonly Generation[]): Generation[] {
  return generations.filter(({ version, state }) => version === projection.version && state !== 'failed');
}

/** The generation that a switch is about: the one named, or the newest that is ready. */
export function toSwitch(generations: readonly Generation[], named: number | undefined): Generation | undefined {
  return named === undefined
    ? generations.findLast(({ state }) => state === 'ready')
    : generations.find(({ generation }) => generation === named);
}

/** The generation that a verification is about: the one named, or the newest that is not seen, or what readers see. */
export function toVerify(generations: readonly Generation[], named: number | undefined): Generation | undefined {
  if (named !== undefined) return generations.find(({ generation }) => generation === named);
  return generations.findLast(({ state }) => state === 'ready' || state === 'failed') ?? activeIn(generations);
}

/** The order with the generation that it is about, where it left that open. */
export function meantBy(asked: ProjectionOrder, generations: readonly Generation[]): Meant {
  const about = {
    switch: () => toSwitch(generations, undefined),
    verify: () => toVerify(generations, undefined),
    rollback: () => generations.find(({ state }) => state === 'retiring'),
    'rebuild-key': () => activeIn(generations),
  };
  if (!(asked.order in about) || ('generation' in asked && asked.generation !== undefined)) return asked;
  const generation = about[asked.order as keyof typeof about]()?.generation;
  return generation === undefined ? asked : { ...asked, generation };
}

/** Why an order cannot be carried out as things are, or nothing. */
export async function refusalOf(
  operations: Operations,
  projection: Projection,
  generations: readonly Generation[],
  asked: ProjectionOrder,
): Promise<Refusal | undefined> {
  const { readStore, store } = operations;
  const { name } = projection;
  const paused = (await readStore.paused()).get(name);
  const moving = ['rebuild', 'switch', 'rebuild-key', 'retry', 'skip'].includes(asked.order);
  if (paused && moving) {
    return refuse('conflict', 'projection-paused', {
      zh: `${name} 已由 ${paused.by} 于 ${paused.at} 暂停（${paused.reason}），请先恢复（resume）。`,
      en: `${name} was paused by ${paused.by} at ${paused.at} (${paused.reason}); resume it first.`,
    });
  }
  switch (asked.order) {
    case 'rebuild': {
      const ready = ownGenerations(projection, generations).find(({ state, note }) => state === 'ready' && note.hold);
      return ready && readyAlready(ready);
    }
    case 'verify': {
      const target = toVerify(generations, asked.generation);
      if (!target) return noGeneration(name, asked.generation);
      if (target.version !== projection.version) return otherVersion(projection, target);
      return unfinished.includes(target.state) ? beingBuilt(target) : undefined;
    }
    case 'switch': {
      const target = toSwitch(generations, asked.generation);
      if (target) return notToSwitch(operations, projection, target, asked.force ?? false);
      const built = asked.generation === undefined && generations.findLast(({ state }) => unfinished.includes(state));
      return built ? beingBuilt(built) : noGeneration(name, asked.generation);
    }
    case 'rollback':
      return generations.some(({ state }) => state === 'retiring') ? undefined : nothingBefore(name);
    case 'pause':
      return (
        paused &&
        refuse('conflict', 'paused-already', {
          zh: `${name} 已由 ${paused.by} 于 ${paused.at} 暂停（${paused.reason}）。`,
          en: `${name} was paused already by ${paused.by} at ${paused.at} (${paused.reason}).`,
        })
      );
    case 'resume':
      return paused ? undefined : refuse('conflict', 'not-paused', { zh: `${name} 没有暂停。`, en: `${name} is not paused.` });
    case 'drop': {
      const target = generations.find(({ generation }) => generation === asked.generation);
      if (!target) return noGeneration(name, asked.generation);
      return target.state === 'active' ? isActive(target) : undefined;
    }
    case 'rebuild-key': {
      const active = activeIn(generations);
      if (!active) return noGeneration(name, undefined);
      if (active.version !== projection.version) return otherVersion(projection, active);
      return notToRebuild(operations, projection, active, asked.key);
    }
    case 'retry':
    case 'skip': {
      let found = false;
      for (const one of ownGenerations(projection, generations)) {
        const shown = await showDeadLetter({ store, readStore }, one, asked.position);
        if (!shown || isSettled(shown.letter.state)) continue;
        if (shown.before[0]) return waitsBehind(shown.letter, shown.before[0]);
        found = true;
      }
      if (found) return undefined;
      return noDeadLetter(name, asked.position);
    }
  }
}

async function notToSwitch(
  { store }: Operations,
  projection: Projection,
  target: Generation,
  force: boolean,
): Promise<Refusal | undefined> {
  const { generation, state, note, version } = target;
  if (state === 'active') return isActiveAlready(target);
  if (version !== projection.version) return otherVersion(projection, target);
  if (state === 'retiring') {
    return refuse('conflict', 'generation-retiring', {
      zh: `第 ${generation} 代是切换前的那一代，请用回退（rollback）。`,
      en: `Generation ${generation} is the one before the last switch; use rollback.`,
    });
  }
  if (unfinished.includes(state)) return beingBuilt(target);
  if (force) return undefined;
  if (state !== 'ready' || !note.verification?.passed) {
    return refuse('conflict', 'not-verified', {
      zh: `第 ${generation} 代没有通过核对${note.error ? `（${note.error.split(' / ')[0]}）` : ''}；可重建，或写明原因强制切换（force）。`,
      en: `Generation ${generation} is not verified${note.error ? ` (${note.error.split(' / ').at(-1)})` : ''}; rebuild, or force the switch with a reason.`,
    });
  }
  if ((await eventsAfter(store, projection, positionOf(target), nearEvents + 1)) <= nearEvents) return undefined;
  return refuse('conflict', 'not-at-head', {
    zh: `第 ${generation} 代还落后 ${nearEvents} 个以上事件，请等它跟上，或写明原因强制切换（force）。`,
    en: `Generation ${generation} is more than ${nearEvents} events behind; wait for it, or force the switch with a reason.`,
  });
}

async function notToRebuild(
  { store, readStore }: Operations,
  projection: Projection,
  active: Generation,
  key: string,
): Promise<Refusal | undefined> {
  const letters = await readStore.deadLetters({
    projection: projection.name,
    generation: active.generation,
    states: ['blocking', 'parked', 'waiting'],
  });
  const parked = letters.find(letter => letter.key === key);
  if (parked) {
    return refuse('conflict', 'key-parked', {
      zh: `${key} 因位置 ${parked.position} 的事件无法处理而搁置，请先重试（retry）或跳过（skip）它。`,
      en: `${key} is parked: the event at position ${parked.position} could not be projected; retry or skip it first.`,
    });
  }
  const events = eventsOfKeys(store, projection, new Set([key]), { after: 0, upTo: positionOf(active) });
  if (!(await events.next()).done) {
    await events.return(undefined);
    return undefined;
  }
  return refuse('missing', 'key-unknown', {
    zh: `${projection.name} 没有处理过键 ${key} 的事件；键通常是事件流的名称，如 catalogue.record-…。`,
    en: `${projection.name} has met no event of the key ${key}; a key is as a rule the name of a stream, as catalogue.record-….`,
  });
}

function noGeneration(name: string, generation: number | undefined): Refusal {
  if (generation !== undefined) {
    return refuse('missing', 'generation-unknown', {
      zh: `${name} 没有第 ${generation} 代；ops projections list 列出全部。`,
      en: `${name} has no generation ${generation}; ops projections list shows all.`,
    });
  }
  return refuse('missing', 'no-generation', {
    zh: `${name} 没有可以这样处理的一代：还没有重建出来，或还没有运行过。`,
    en: `${name} has no generation for this: none was rebuilt, or it has never run.`,
  });
}

function otherVersion({ name, version }: Projection, { generation, version: its }: Generation): Refusal {
  return refuse('conflict', 'other-version', {
    zh: `${name} 第 ${generation} 代属于第 ${its} 版，本程序是第 ${version} 版，只有那一版程序能处理它。`,
    en: `Generation ${generation} of ${name} is of version ${its}, this program's is ${version}: only a program of that version can do this.`,
  });
}

function beingBuilt({ projection, generation, state }: Generation): Refusal {
  return refuse('conflict', 'being-built', {
    zh: `${projection} 第 ${generation} 代正在重建（${state}），请等它完成，或删除它（drop）。`,
    en: `Generation ${generation} of ${projection} is being built (${state}); wait for it, or drop it.`,
  });
}

function readyAlready({ projection, generation }: Generation): Refusal {
  return refuse('conflict', 'generation-ready', {
    zh: `${projection} 第 ${generation} 代已经重建好，等待切换；请切换（switch）或删除它（drop）。`,
    en: `Generation ${generation} of ${projection} is built and waits; switch to it, or drop it.`,
  });
}

function isActive({ projection, generation }: Generation): Refusal {
  return refuse('conflict', 'generation-active', {
    zh: `${projection} 第 ${generation} 代正在使用，不能删除；先切换到另一代。`,
    en: `Generation ${generation} of ${projection} is what readers see and cannot be dropped; switch to another first.`,
  });
}

function isActiveAlready({ projection, generation }: Generation): Refusal {
  return refuse('conflict', 'active-already', {
    zh: `${projection} 第 ${generation} 代已经在使用。`,
    en: `Generation ${generation} of ${projection} is what readers see already.`,
  });
}

function nothingBefore(name: string): Refusal {
  return refuse('missing', 'nothing-to-roll-back-to', {
    zh: `${name} 没有切换前的一代可以回退。`,
    en: `${name} has no generation from before a switch to go back to.`,
  });
}

export function noDeadLetter(name: string, position: number): Refusal {
  return refuse('missing', 'dead-letter-unknown', {
    zh: `${name} 在位置 ${position} 没有死信，或已处理过；ops dead-letters list --all 列出全部。`,
    en: `${name} has no dead letter at position ${position}, or it is settled; ops dead-letters list --all shows all.`,
  });
}

function waitsBehind({ position }: DeadLetter, first: DeadLetter): Refusal {
  return refuse('conflict', 'dead-letter-waits', {
    zh: `位置 ${position} 的事件排在位置 ${first.position} 之后，请先处理那一个。`,
    en: `The event at position ${position} waits behind the one at ${first.position}; settle that one first.`,
  });
}
