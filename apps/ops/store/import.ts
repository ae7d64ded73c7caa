import { createReadStream, existsSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { importLog, linesOf, parseExportLine } from '#event-store';
import { adoptFolder, CannotStart, eventsFile, openEvents, readConfig, useFolder, viewsFile } from '#platform';
import { print } from '../log.js';
import { perSecond, progressBar } from '../progress.js';
import { diskTrouble } from './disk.js';
import { isInUse, stopFirst } from './in-use.js';
import { forgetMongoViews } from './mongo-views.js';

/**
 * `-`: standard input. Into an event store that is new, empty, or as an import of the same file left it: of the data folder, or on a
 * server.
 */
export async function importStore(file: string, { json }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const { dataFolder } = config;
  const events = eventsFile(dataFolder);
  try {
    const total = file === '-' ? 0 : statSync(file).size;
    let read = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        read += chunk.length;
        yield chunk;
      }
    };
    const lines = linesOf(counted(file === '-' ? process.stdin : createReadStream(file)));
    // Looked at before anything is made: a wrong file leaves no folder behind.
    const first = (await lines.next()).value as string | undefined;
    const header = parseExportLine(first ?? '');
    if (first === undefined || !header || !('header' in header))
      throw new CannotStart(`${file} 不是事件导出文件。 / ${file} is no export of events.`);
    useFolder(dataFolder);
    if (!config.stores.events && existsSync(events) && (await isInUse(events))) throw stopFirst(dataFolder);
    adoptFolder(dataFolder, header.header.about['folder']);

    const store = await openEvents(config);
    const startedAt = performance.now();
    const bar = progressBar('导入 / import');
    try {
      // Views that were there before the log's first event are of another log.
      if ((await store.head()) === 0) {
        rmSync(dirname(viewsFile(dataFolder, 'any')), { recursive: true, force: true });
        await forgetMongoViews(config);
      }
      const imported = await importLog(store, chained(first, lines), {
        progress: at => bar.at(read, total, at.events),
      }).finally(() => bar.stop());
      if (!imported.complete) process.exitCode = 1;
      const rate = perSecond(imported.appended, startedAt);
      print(json, { file, dataFolder, ...imported, perSecond: rate }, [
        `已导入 ${imported.appended} 个事件（文件中 ${imported.events} 个），到位置 ${imported.position}，每秒 ${rate} 个 / imported ${imported.appended} of ${imported.events} events, to position ${imported.position}, ${rate}/s`,
        ...(imported.moved > 0
          ? [`${imported.moved} 个事件的位置与原来不同 / ${imported.moved} events have another position here`]
          : []),
        ...(imported.complete ? [] : ['文件没有结尾，导出没有做完 / the file has no end: the export was cut short']),
        '个人信息仍是密文，密钥不在导出文件里 / personal data stays encrypted; keys are not part of an export',
      ]);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw diskTrouble(file, error);
  }
}

async function* chained(first: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* lines;
}
