import { accessSync, constants, existsSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { publicText } from '#contracts';
import { anchorText, CannotStart, keepAnchor, openKeys, writeSynced } from '#platform';
import { print, withLog } from '../log.js';
import { diskTrouble } from './disk.js';

const reasonSchema = publicText(300);

interface Options {
  out?: string;
  reason?: string;
  json?: boolean;
}

/** Into the data folder, and with `--out` to where it is safe from whoever can write there. */
export async function anchor({ out, reason = '运维人员存证 / by an operator', json }: Options): Promise<void> {
  if (!reasonSchema.safeParse(reason).success) {
    throw new CannotStart(
      '--reason 须为不超过 300 字、不含个人信息的说明。 / --reason is a text of at most 300 characters without personal data.',
    );
  }
  await withLog(async ({ config, log, mongo }) => {
    const keys = await openKeys(config, await mongo());
    try {
      if (out !== undefined) refuseOut(out);
      const kept = await keepAnchor({ dataFolder: config.dataFolder, store: log, keys }, { now: new Date(), reason });
      const { position, events, streams, fingerprint, takenAt } = kept.anchor;
      if (out !== undefined) copyOut(out, anchorText(kept.anchor));
      print(json, { ...kept, ...(out === undefined ? {} : { out }) }, [
        `${kept.already ? '此位置已有锚点 / anchored already' : '已存证 / anchored'}：@${position}，${events} 个事件，${streams} 个流 / ${events} events in ${streams} streams  ${takenAt}`,
        `密钥指纹 / key  ${fingerprint}`,
        kept.file,
        ...(out === undefined ? [] : [out]),
        '请另存一份到本机之外 / keep a copy away from this machine',
      ]);
    } catch (error) {
      throw diskTrouble(config.dataFolder, error);
    } finally {
      await keys.close();
    }
  });
}

/** Asked before anything is signed: what cannot be copied there is not begun. */
function refuseOut(out: string): void {
  try {
    accessSync(dirname(resolve(out)), constants.W_OK);
    if (existsSync(out)) throw Object.assign(new Error(out), { code: 'EEXIST' });
  } catch (error) {
    throw diskTrouble(out, error);
  }
}

/** Whole or not at all: half of one would stand in the way of the next try. */
function copyOut(out: string, text: string): void {
  try {
    writeSynced(out, 'wx', text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(out, { force: true });
    throw diskTrouble(out, error);
  }
}
