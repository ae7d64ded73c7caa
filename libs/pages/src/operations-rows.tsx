import type { ProjectionStatus } from '#projections';

export type RoomProjection = ProjectionStatus & { room: string };
type GenerationStatus = ProjectionStatus['generations'][number];

/** A state is a word and a shape: colour alone says nothing to many. */
export function lifeOf({ life, paused, generations, active }: ProjectionStatus): { shape: string; word: string } {
  const seen = generations.find(({ number }) => number === active);
  if (paused) return { shape: '■', word: '已暂停' };
  if (seen && seen.deadLetters.blocking > 0) return { shape: '▲', word: '停在一个处理不了的事件前' };
  return lives[life];
}

const lives: Record<ProjectionStatus['life'], { shape: string; word: string }> = {
  'never-started': { shape: '○', word: '从未启动' },
  'at-zero': { shape: '◌', word: '尚无事件' },
  working: { shape: '◐', word: '正在处理' },
  quiet: { shape: '●', word: '已跟上' },
  dead: { shape: '✕', word: '无人处理' },
};

const states: Record<GenerationStatus['state'], string> = {
  building: '◔ 构建中',
  'catching-up': '◑ 追赶中',
  verifying: '◕ 核对中',
  ready: '◇ 就绪，待切换',
  active: '● 使用中',
  retiring: '◁ 备退回',
  failed: '✕ 失败',
};

export function GenerationRows({ generations }: Pick<ProjectionStatus, 'generations'>) {
  return (
    <>
      {generations.map(generation => (
        <tr key={generation.number}>
          <td />
          <td>
            {states[generation.state]}
            {generation.error !== undefined && <span class="meta"> {generation.error}</span>}
          </td>
          <td>
            第 {generation.number} 代 <span class="meta">版本 {generation.version}</span>
          </td>
          <td>
            <Progress {...generation} />
          </td>
          <td>
            {generation.lagEvents} 个事件
            {generation.lagEvents > 0 && <span class="meta"> {Math.round(generation.lagSeconds)} 秒</span>}
          </td>
          <td>{complete(generation.complete)}</td>
          <td>{letters(generation.deadLetters)}</td>
        </tr>
      ))}
    </>
  );
}

function Progress({ progress, position, state }: GenerationStatus) {
  const percent = Math.floor(progress * 100);
  if (['active', 'retiring', 'ready'].includes(state)) return <>位置 {position}</>;
  return (
    <>
      <progress max={100} value={percent}>
        {percent}%
      </progress>{' '}
      {percent}%
    </>
  );
}

function complete(found: GenerationStatus['complete']): string {
  if (!found || (!found.proven && found.missing.length === 0)) return '◌ 尚未核对';
  if (found.proven) return '✓ 已证明';
  const types = found.missing;
  return `▲ 不符：${types.map(({ type, stored, seen }) => `${type} 应 ${stored} 实 ${seen}`).join('，')}`;
}

function letters({ blocking, parked, waiting, skipped }: GenerationStatus['deadLetters']): string {
  const told = [
    ['挡住', blocking],
    ['搁置', parked],
    ['等候', waiting],
    ['跳过', skipped],
  ].filter(([, count]) => Number(count) > 0);
  return told.length === 0 ? '无' : told.map(([word, count]) => `${word} ${count}`).join('，');
}
