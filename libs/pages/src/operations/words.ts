import type { ProjectionOrder } from '#contracts';
import type { DeadLetter, GenerationStatus, ProjectionStatus } from '#projections';

/** A state is a shape and a word: colour alone says nothing to many. */
interface Shaped {
  shape: string;
  word: string;
}

const lives: Record<ProjectionStatus['life'], Shaped> = {
  'never-started': { shape: '○', word: '从未启动' },
  'at-zero': { shape: '◌', word: '尚无事件' },
  working: { shape: '◐', word: '正在处理' },
  quiet: { shape: '●', word: '已跟上' },
  dead: { shape: '✕', word: '无人处理' },
};

export function lifeOf({ life, paused, generations, active }: ProjectionStatus): Shaped {
  const seen = generations.find(({ number }) => number === active);
  if (paused) return { shape: '■', word: '已暂停' };
  if (seen && seen.deadLetters.blocking > 0) return { shape: '▲', word: '停在一个处理不了的事件前' };
  return lives[life];
}

export const generationStates: Record<GenerationStatus['state'], Shaped> = {
  building: { shape: '◔', word: '构建中' },
  'catching-up': { shape: '◑', word: '追赶中' },
  verifying: { shape: '◕', word: '核对中' },
  ready: { shape: '◇', word: '就绪，待切换' },
  active: { shape: '●', word: '使用中' },
  retiring: { shape: '◁', word: '备退回' },
  failed: { shape: '✕', word: '失败' },
};

export const letterStates: Record<DeadLetter['state'], Shaped> = {
  blocking: { shape: '▲', word: '挡住视图' },
  parked: { shape: '■', word: '搁置' },
  waiting: { shape: '◌', word: '排队等候' },
  skipped: { shape: '–', word: '已跳过' },
  applied: { shape: '●', word: '已补上' },
};

export const orderNames: Record<ProjectionOrder['order'], string> = {
  rebuild: '重建',
  verify: '核对',
  switch: '切换',
  rollback: '回退',
  pause: '暂停',
  resume: '恢复',
  drop: '删除一代',
  'rebuild-key': '只重算一个键',
  retry: '重试死信',
  skip: '跳过死信',
};

export function lagWords({ lagEvents, lagSeconds }: Pick<GenerationStatus, 'lagEvents' | 'lagSeconds'>): string {
  return lagEvents === 0 ? '0' : `${lagEvents} 个事件，${lagSeconds} 秒`;
}

export function letterCounts({ blocking, parked, waiting, skipped }: GenerationStatus['deadLetters']): string {
  const counts = { 挡住: blocking, 搁置: parked, 等候: waiting, 跳过: skipped };
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0 ? '无' : told.map(([word, count]) => `${word} ${count}`).join('，');
}
