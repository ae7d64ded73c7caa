import { randomUUID } from 'node:crypto';
import { isRefusal, publicText } from '#contracts';
import { handle, keyedDigests, load, newCommandId } from '#commands';
import type { VersionedStore } from '#event-store';
import { CannotStart, openKeys, systemClock } from '#platform';
import { applyErasures, type Keys, subjectHeld } from '#privacy';
import { dataSubject, erase, request } from '#requests';
import { type Files, print, withFiles } from './files.js';
import { operator } from './operator.js';

interface Json {
  json?: boolean;
}

const whyDefault = '个人信息主体请求删除';
const reasonSchema = publicText(300);

/** The fact first, then the key: whoever dies in between has left it to the next start. Again is harmless. */
export async function eraseSubject(subject: string, { reason = whyDefault, json }: Json & { reason?: string }): Promise<void> {
  const why = reasonSchema.safeParse(reason);
  if (!why.success) {
    throw new CannotStart(
      '--reason 须为不超过 300 字、不含个人信息的说明。 / --reason is a text of at most 300 characters without personal data.',
    );
  }
  await withKeys(async ({ config, store, keys }) => {
    if (!(await isKnown(subject, store, keys))) {
      throw new CannotStart(
        `没有个人信息主体 ${subject}；它是申请详情中的 dataSubject。 / There is no data subject ${subject}; it stands as dataSubject in a request.`,
      );
    }
    const clock = systemClock(config.timeZone);
    const now = clock.now();
    const answer = await handle(store, dataSubject, subject, { id: subject, why: why.data }, erase, {
      commandId: newCommandId(now),
      command: 'requests.subject.erase',
      correlationId: randomUUID(),
      actor: operator(),
      now,
      today: clock.today(),
      digests: keyedDigests(await keys.secret('command-digests'), keys),
    });
    const already = isRefusal(answer) && answer.name === 'erased-already';
    if (isRefusal(answer) && !already) throw new CannotStart(`${answer.zh} / ${answer.en}`);
    await applyErasures(store, keys);
    const { state, history } = await load(store, dataSubject, subject);
    print(json, { subject, erasedOn: state.erasedOn, position: history.at(-1)!.position, already }, [
      already
        ? `${subject} 已于 ${state.erasedOn} 删除，密钥已销毁 / was erased on ${state.erasedOn}; its key is destroyed`
        : `${subject} 已删除：事实记于位置 ${history.at(-1)!.position}，密钥已销毁 / erased: the fact stands at position ${history.at(-1)!.position}, the key is destroyed`,
    ]);
  });
}

/** Also where the key is missing: a right backup of the keys might bring it back. A subject has the id of its first request. */
async function isKnown(subject: string, store: VersionedStore, keys: Keys): Promise<boolean> {
  if ((await subjectHeld(keys, subject)) !== 'none') return true;
  const { state } = await load(store, request, subject);
  return state.registered?.dataSubject === subject;
}

export async function privacyStatus({ json }: Json): Promise<void> {
  await withKeys(async ({ keys }) => {
    const summary = await keys.summary();
    const upTo = await keys.erasedUpTo();
    print(json, { ...summary, erasedUpTo: upTo?.position ?? null }, [
      `个人信息主体 / data subjects  ${summary.held}`,
      `已删除 / erased               ${summary.erased}`,
      `密钥 / secrets                ${summary.secrets}`,
      ...summary.masters.map(
        ({ id, wraps }, index) => `主密钥 / master key ${id}  ${wraps}${index === 0 ? '  （当前 / wraps now）' : ''}`,
      ),
    ]);
  });
}

export async function rotate({ json }: Json): Promise<void> {
  await withKeys(async ({ keys }) => {
    const rewrapped = await keys.rewrap();
    const { masters } = await keys.summary();
    const [current, ...others] = masters;
    print(json, { rewrapped, masters }, [
      `${rewrapped} 把密钥已改由主密钥 ${current!.id} 加密 / keys are now wrapped by master key ${current!.id}`,
      ...others.map(
        ({ id }) => `主密钥 ${id} 不再需要，可从设置中去掉 / master key ${id} is no longer needed; take it out of the setting`,
      ),
    ]);
  });
}

async function withKeys<T>(use: (files: Files & { keys: Keys }) => Promise<T>): Promise<T> {
  return withFiles(async files => {
    const keys = await openKeys(files.config, await files.mongo());
    try {
      return await use({ ...files, keys });
    } finally {
      await keys.close();
    }
  });
}
