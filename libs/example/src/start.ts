import { developmentPeople } from '#gateway';
import { type Bearer, type Config, isLoopback, markLoaded, readFolder, type Tokens } from '#platform';
import { exampleFolder } from './files.js';
import { loadExample } from './load.js';

export function whatToOpen(address: string, dataFolder: string): string {
  const example = readFolder(dataFolder)?.holds === 'example';
  return [
    '公开 Gongkai',
    `  首页 / home             ${address}/`,
    example ? `  2013 年度报告 / report  ${address}/reports/2013` : `  年度报告 / reports      ${address}/reports`,
    `  接口 / API              ${address}/api/docs`,
    `  数据文件夹 / data       ${dataFolder}`,
    '  按 Ctrl-C 停止 / Ctrl-C stops it',
  ].join('\n');
}

interface Loading {
  config: Config;
  address: string;
  tokens: Tokens;
}

/** Loads the example into a folder that is for it and does not hold all of it yet. Never resolves: rejects where it cannot. */
export async function loadIfAsked(loading: Loading): Promise<never> {
  const folder = readFolder(loading.config.dataFolder);
  if (folder?.holds === 'example' && !folder.loaded) await load(loading);
  return new Promise(() => {});
}

async function load({ config, address, tokens }: Loading): Promise<void> {
  const startedAt = Date.now();
  const line = progressLine();
  const sign = tokens.sign;
  await loadExample({
    address,
    folder: exampleFolder(),
    progress: line.progress,
    // The development sign-in answers this machine only; a process that listens to others signs for its own loader.
    ...(isLoopback(config.host) || !sign ? {} : { session: (person: string) => sign(asBearer(person)) }),
  });
  markLoaded(config.dataFolder);
  line.end(`示例年度已载入，用时 ${Math.round((Date.now() - startedAt) / 1000)} 秒 / the example year is loaded`);
}

function progressLine(): { progress: (done: number, total: number) => void; end: (sentence: string) => void } {
  const { stdout } = process;
  let shown = -1;
  return {
    progress(done, total) {
      const percent = Math.floor((done / total) * 100);
      const step = stdout.isTTY ? percent : Math.floor(percent / 10) * 10;
      if (step === shown) return;
      shown = step;
      const text = `正在载入示例年度（四川省民政厅 2013，示例） / loading the example year: ${done}/${total} (${percent}%)`;
      stdout.write(stdout.isTTY ? `\r${text}` : `${text}\n`);
    },
    end(sentence) {
      stdout.write(`${stdout.isTTY ? '\n' : ''}${sentence}\n`);
    },
  };
}

function asBearer(person: string): Bearer {
  const { name, roles } = developmentPeople.find(one => one.person === person)!;
  return { person, name, roles: [...roles] };
}
