import type { GenerationStatus, ProjectionStatus } from '#projections';

/** A state is a shape and a word: colour alone says nothing to many, and there is none in a log. */
const lives: Record<ProjectionStatus['life'], string> = {
  'never-started': '○ 从未启动 / never started',
  'at-zero': '◌ 尚无事件 / at zero',
  working: '◐ 正在处理 / working',
  quiet: '● 已跟上 / quiet',
  dead: '✕ 无人处理 / dead',
};

const states: Record<GenerationStatus['state'], string> = {
  building: '◔ 构建中 / building',
  'catching-up': '◑ 追赶中 / catching up',
  verifying: '◕ 核对中 / verifying',
  ready: '◇ 就绪，待切换 / ready',
  active: '● 使用中 / active',
  retiring: '◁ 备退回 / retiring',
  failed: '✕ 失败 / failed',
};

export const stateWords = (state: GenerationStatus['state']) => states[state];

/** What an operator must see first. */
export function lifeWords({ life, paused, generations, active }: ProjectionStatus): string {
  if (paused) return '■ 已暂停 / paused';
  const seen = generations.find(({ number }) => number === active);
  if (seen && seen.deadLetters.blocking > 0) return '▲ 停在一个事件前 / stopped before an event';
  return lives[life];
}

export function lagWords({ lagEvents, lagSeconds }: Pick<GenerationStatus, 'lagEvents' | 'lagSeconds'>): string {
  return lagEvents === 0 ? '0' : `${lagEvents}（${lagSeconds} s）`;
}

export function letterWords({ blocking, parked, waiting, skipped }: GenerationStatus['deadLetters']): string {
  const counts = {
    挡住: [blocking, 'blocking'],
    搁置: [parked, 'parked'],
    等候: [waiting, 'waiting'],
    跳过: [skipped, 'skipped'],
  };
  const told = Object.entries(counts).filter(([, [count]]) => count !== 0);
  return told.length === 0 ? '0' : told.map(([zh, [count, en]]) => `${count} ${zh} / ${en}`).join('，');
}

/** Rows in columns; a Chinese character is two wide. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map(row => widthOf(row[index] ?? ''))));
  return rows.map(row =>
    row
      .map((cell, index) => cell + ' '.repeat(widths[index]! - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0);
}
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
