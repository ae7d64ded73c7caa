import type { ProjectionOrder } from '#contracts';
import { beginBuild, build } from './build.js';
import { retryDeadLetter, type Settled, skipDeadLetter } from './dead-letters.js';
import { Blocked } from './follower.js';
import { eventsAfter, generationAt, generationsOf, positionOf } from './generations.js';
import { hindrance } from './hindrance.js';
import type { Doing, Outcome } from './operate.js';
import type { Operations } from './operations.js';
import type { Meant, OrderEnvelope } from './orders.js';
import type { Projection } from './projection.js';
import { type Generation, GenerationGone } from './read-store.js';
import { rebuildKey } from './rebuild-key.js';
import { ownGenerations } from './refusals.js';
import { reach, switchTo } from './switch.js';
import { verdictOf } from './verdict.js';
import { verify } from './verify.js';
import { withLetters } from './with-letters.js';

const keepUpMs = 5_000;

type Done = Omit<Outcome, 'order' | 'projection' | 'position' | 'revision'>;

interface Work {
  operations: Operations;
  projection: Projection;
  position: number;
  envelope: OrderEnvelope;
  doing: Doing;
}

function said(ok: boolean, zh: string, en: string, more: Partial<Done> = {}): Done {
  return { ok, zh, en, ...more };
}

/** Orders that say of a generation that it is, or may be, what readers rely on. */
const vouching: readonly Meant['order'][] = ['rebuild', 'verify', 'switch', 'rollback'];

/** Each is harmless when it was carried out already. */
export async function carryOut(work: Work, order: Meant): Promise<Done> {
  try {
    const done = await act(work, order);
    return vouching.includes(order.order) ? await withLetters(work.operations, work.projection.name, done) : done;
  } catch (error) {
    const hindered = hindrance(error);
    if (hindered) return said(false, hindered.zh, hindered.en);
    throw error;
  }
}

async function act(work: Work, order: Meant): Promise<Done> {
  switch (order.order) {
    case 'rebuild':
      return rebuild(work, order);
    case 'verify':
      return verifyNow(work, order.generation);
    case 'switch':
      return switchNow(work, order.generation, order.force ?? false);
    case 'rollback':
      return rollBack(work, order.generation);
    case 'pause':
    case 'resume':
      return pause(work, order);
    case 'drop':
      return drop(work, order.generation);
    case 'rebuild-key':
      return rebuildOneKey(work, order.generation, order.key);
    case 'retry':
    case 'skip':
      return settle(work, order);
  }
}

/** The generation that an order is about, as it was recorded. */
function targetOf({ readStore }: Operations, { name }: Projection, generation: number | undefined): Promise<Generation> {
  return generationAt(readStore, { projection: name, generation: generation ?? 0 });
}

async function rebuild(
  { operations, projection, position, doing }: Work,
  { parts, hold }: Extract<ProjectionOrder, { order: 'rebuild' }>,
): Promise<Done> {
  const earlier = (await generationsOf(operations.readStore, projection.name)).find(({ note }) => note.order === position);
  const begun = earlier
    ? { generation: earlier, resumed: true }
    : await beginBuild(operations, projection, {
        order: position,
        hold: hold ?? false,
        ...(parts === undefined ? {} : { parts }),
      });
  const { generation } = begun.generation;
  if (doing.begin)
    return said(true, `第 ${generation} 代开始重建。`, `Generation ${generation} is being built.`, {
      generation,
      state: begun.generation.state,
      resumed: begun.resumed,
    });
  const built = await (operations.build ?? build)(operations, projection, {
    generation,
    ...(parts === undefined ? {} : { parts }),
    ...(doing.signal ? { signal: doing.signal } : {}),
    ...(doing.progress ? { progress: doing.progress } : {}),
  });
  const { state, note } = built.generation;
  const more = {
    generation,
    state,
    resumed: begun.resumed,
    ...(note.verification ? { verification: note.verification } : {}),
  };
  if (state === 'failed') {
    const [zh, en = note.error] = (note.error ?? '').split(' / ', 2);
    return said(false, zh ?? '', en ?? '', more);
  }
  return state === 'ready'
    ? said(
        true,
        `第 ${generation} 代已重建并核对，等待切换（switch）。`,
        `Generation ${generation} is built, verified, and waits for a switch.`,
        more,
      )
    : said(
        true,
        `第 ${generation} 代已重建、核对并启用。`,
        `Generation ${generation} is built, verified, and what readers see.`,
        more,
      );
}

async function verifyNow({ operations, projection, doing }: Work, named: number | undefined): Promise<Done> {
  const { readStore } = operations;
  const target = await targetOf(operations, projection, named);
  const { generation, state } = target;
  const verification = await verify(operations, projection, target, doing.signal ? { signal: doing.signal } : {});
  const { zh, en } = verdictOf(verification);
  const { passed } = verification;
  // A candidate that turns out wrong is none any more, and one that was thought wrong may be right.
  const to = state === 'ready' || state === 'failed' ? (passed ? 'ready' : 'failed') : state;
  const error = passed ? undefined : `${zh} / ${en}`;
  // `active` is no state to move to. That one is mended by a rebuild, or key by key.
  if (state !== 'active')
    await readStore.move(target, [state], to, { verification, error, ...(state === 'failed' ? { hold: true } : {}) });
  return said(passed, zh, en, { generation, state: to, verification });
}

async function switchNow(work: Work, named: number | undefined, force: boolean): Promise<Done> {
  const { operations, projection, doing } = work;
  const { readStore } = operations;
  const target = await targetOf(operations, projection, named);
  const { generation } = target;
  const already = target.state === 'active';
  let switched = already;
  if (force && !already) {
    await readStore.finish(projection, target);
    switched = await readStore.activate(target, ['ready', 'failed']);
  } else if (!already) {
    const signal = doing.signal ?? new AbortController().signal;
    switched = await switchTo(operations, projection, target, { from: ['ready'], signal });
  }
  const { state } = await generationAt(readStore, target);
  return switched
    ? said(true, `第 ${generation} 代已启用。`, `Generation ${generation} is what readers see.`, { generation, state })
    : said(
        false,
        `第 ${generation} 代没有启用，仍是 ${state}。`,
        `Generation ${generation} was not switched to; it is ${state}.`,
        {
          generation,
          state,
        },
      );
}

/** Back to what readers saw before, as far as it has kept up, which is said. */
async function rollBack({ operations, projection, doing }: Work, named: number | undefined): Promise<Done> {
  const { readStore, store } = operations;
  const target = await targetOf(operations, projection, named);
  const { generation, version, state } = target;
  if (state === 'active')
    return said(true, `第 ${generation} 代已在使用。`, `Generation ${generation} is what readers see.`, { generation, state });
  const signal = AbortSignal.any([AbortSignal.timeout(keepUpMs), ...(doing.signal ? [doing.signal] : [])]);
  if (version === projection.version && !(await readStore.paused()).has(projection.name)) {
    // What does not come to the head is gone back to all the same: whoever orders it has a reason.
    await reach(operations, projection, target, await store.head(), { signal }).catch((error: unknown) => {
      if (!(error instanceof Blocked)) throw error;
    });
  }
  const behind = await eventsAfter(store, projection, positionOf(await generationAt(readStore, target)), Infinity);
  const back = await readStore.activate(target, ['retiring']);
  if (!back) throw new GenerationGone(projection.name);
  const kept =
    behind === 0
      ? { zh: '它一直跟上了事件', en: 'it has kept up' }
      : {
          zh: `它停在位置 ${positionOf(target)}，落后 ${behind} 个事件`,
          en: `it stands at position ${positionOf(target)}, ${behind} events behind`,
        };
  const foreign =
    version === projection.version
      ? { zh: '', en: '' }
      : {
          zh: `；它属于第 ${version} 版，要由那一版程序来查询和更新`,
          en: `; it is of version ${version}, and only a program of that version reads and follows it`,
        };
  return said(
    true,
    `已回到第 ${generation} 代：${kept.zh}${foreign.zh}。`,
    `Back to generation ${generation}: ${kept.en}${foreign.en}.`,
    { generation, state: 'active', behind },
  );
}

async function pause(
  { operations, projection, envelope }: Work,
  { order, reason }: Extract<ProjectionOrder, { order: 'pause' | 'resume' }>,
): Promise<Done> {
  const paused = order === 'pause' ? { by: envelope.person, at: operations.now().toISOString(), reason } : null;
  await operations.readStore.pause(projection.name, paused);
  return paused
    ? said(true, '已暂停；当前一批处理完后停下。', 'Paused; it stops after the batch at hand.')
    : said(true, '已恢复。', 'It goes on.');
}

async function drop({ operations, projection }: Work, generation: number): Promise<Done> {
  const dropped = await operations.readStore.drop({ projection: projection.name, generation });
  const gone =
    dropped || !(await generationsOf(operations.readStore, projection.name)).some(one => one.generation === generation);
  return gone
    ? said(true, `第 ${generation} 代已删除。`, `Generation ${generation} is dropped.`, { generation })
    : said(
        false,
        `第 ${generation} 代正在使用，没有删除。`,
        `Generation ${generation} is what readers see and was not dropped.`,
        { generation },
      );
}

async function rebuildOneKey({ operations, projection }: Work, named: number | undefined, wanted: string): Promise<Done> {
  const target = await targetOf(operations, projection, named);
  const key = await rebuildKey(operations, projection, target, wanted);
  return said(
    true,
    `${wanted} 已在位置 ${key.position} 重算：${key.documents} 份文档，其中 ${key.changed} 份有变化。`,
    `${wanted} is rebuilt at position ${key.position}: ${key.documents} documents, of which ${key.changed} changed.`,
    { generation: target.generation, key },
  );
}

/** In every generation of this version that has not settled it: what readers see, what they saw before, what is being built. */
async function settle(
  { operations, projection, envelope }: Work,
  { order, position, reason }: Extract<ProjectionOrder, { order: 'retry' | 'skip' }>,
): Promise<Done> {
  const generations = ownGenerations(projection, await generationsOf(operations.readStore, projection.name));
  // What readers see comes last, and so is what is told; but for one where it failed.
  generations.sort((a, b) => Number(a.state === 'active') - Number(b.state === 'active'));
  let settled: Settled = { applied: 0, failed: null, waiting: 0 };
  for (const one of generations) {
    const found =
      order === 'retry'
        ? await retryDeadLetter(operations, projection, one, position)
        : await skipDeadLetter(operations, projection, one, position, { by: envelope.person, reason });
    if (found && !settled.failed) settled = found;
  }
  const { applied, failed, waiting } = settled;
  if (failed) {
    return said(
      false,
      `位置 ${failed.position} 的事件仍无法处理：${failed.error}；它之后还有 ${waiting} 个事件等待。`,
      `The event at position ${failed.position} still fails: ${failed.error}; ${waiting} events wait behind it.`,
      { settled },
    );
  }
  return order === 'skip'
    ? said(
        true,
        `位置 ${position} 的事件已跳过，其后的 ${applied} 个事件已处理。`,
        `The event at position ${position} is skipped; ${applied} events behind it are applied.`,
        { settled },
      )
    : said(true, `已处理 ${applied} 个事件。`, `${applied} events are applied.`, { settled });
}
